"""Indexing: from records of WARC files to rows of the index."""
