"""Rules that need no network: scope, politeness, limits, when to re-fetch, the outcome of a response."""
