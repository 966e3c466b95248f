"""What leaves the archive: tables, text, WARC records and indexes, each with a codebook. Streamed, never capped."""
