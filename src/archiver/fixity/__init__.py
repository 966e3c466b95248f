"""What the archive's files should be: the manifest of WARC files, its signatures, the checksums of databases."""
