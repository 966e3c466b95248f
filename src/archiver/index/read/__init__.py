"""Queries for other packages: stories, histories, places of records, rows for exports."""
