"""The counts and the report of a crawl."""
