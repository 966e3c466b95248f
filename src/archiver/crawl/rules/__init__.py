"""Rules that need no network: scope, politeness, limits, when to fetch again, what an answer means."""
