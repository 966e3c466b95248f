"""Copies of an archive that can be trusted: to a folder, to S3, into a BagIt bag; and back."""
