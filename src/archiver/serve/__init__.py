"""The archive in a browser: a Datasette plugin with search, stories, versions and citations. Read-only."""
