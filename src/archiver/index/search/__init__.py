"""Queries into stories: the query language, filters, ranking, facets, saved searches."""
