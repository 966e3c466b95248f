"""The index's tables, views and full-text tables: declarations, migrations and descriptions."""
