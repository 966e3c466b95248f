"""Merges several archives (shards that were crawled separately) into one without overwriting anything."""
