"""Records of WARC files into rows of the index."""
