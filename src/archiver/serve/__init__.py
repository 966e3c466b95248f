"""The archive in a browser: a Datasette plugin with search, reading, versions and citations. Read-only."""
