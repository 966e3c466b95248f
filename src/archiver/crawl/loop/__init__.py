"""The parts of a crawl that run inside Scrapy's loop: requests, responses, queuing links."""
