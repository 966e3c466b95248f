"""Captures, states, versions and stories as rows: what each capture changes in the index."""
