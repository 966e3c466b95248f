"""Several archives into one: shards that were crawled apart, brought together without overwriting anything."""
