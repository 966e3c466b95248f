"""Rows of captures, states, versions and stories: computes what each capture changes in the index."""
