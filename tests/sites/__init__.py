"""News sites that live in the tests, each with its truth: what is a story's own text and what is not."""
