"""The same tasks on many machines, handed out by Dask: one site's crawl, one WARC file's extraction."""
