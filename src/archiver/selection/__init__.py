"""A part of a foreign WARC file into the archive: what a filter chooses, record by record and byte for byte."""
