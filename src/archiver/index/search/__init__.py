"""Search: the query language, filters, ranking, facets, saved searches."""
