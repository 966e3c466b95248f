"""Recognises stories, walls, traps, copies and mirrors from pages during a crawl."""
