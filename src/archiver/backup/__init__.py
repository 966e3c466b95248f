"""Verified copies of an archive in a folder, in S3 or in a BagIt bag, and restoring them."""
