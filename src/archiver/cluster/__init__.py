"""Runs crawls of sites and extraction of WARC files on many machines, distributed by Dask."""
