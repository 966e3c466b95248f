"""Connections: exact bytes below HTTP, name resolution, TLS, the browser."""
