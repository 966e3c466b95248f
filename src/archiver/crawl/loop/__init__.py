"""What runs inside the crawl's loop: requests out, answers in, links queued."""
