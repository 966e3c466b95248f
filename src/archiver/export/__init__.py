"""Exports: tables, text, WARC records and indexes, each with a codebook. Streamed and always complete."""
