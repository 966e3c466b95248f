"""Fixity: the manifest of WARC files, its signatures, and the checksums of databases."""
