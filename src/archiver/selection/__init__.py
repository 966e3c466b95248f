"""Copies part of a foreign WARC file into the archive: the records that a filter accepts, byte for byte."""
