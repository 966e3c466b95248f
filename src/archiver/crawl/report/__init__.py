"""What a crawl counted and what its report states."""
