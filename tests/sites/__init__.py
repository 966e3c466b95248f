"""News sites for the tests, each with its truth: which text belongs to a story and which does not."""
