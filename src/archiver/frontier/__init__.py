"""The frontier: the URLs that a crawl knows, the outcome of each, and what to fetch next, stored durably."""

from archiver.frontier.read_frontier import FrontierReader
from archiver.frontier.table import Frontier
from archiver.frontier.values import (
    NEW_STORY,
    PRIORITY,
    SITEMAP,
    Candidate,
    Judge,
    Kind,
    Known,
    Plan,
    Recheck,
    Refusal,
    State,
    Task,
    Visit,
)

__all__ = [
    "NEW_STORY",
    "PRIORITY",
    "SITEMAP",
    "Candidate",
    "Frontier",
    "FrontierReader",
    "Judge",
    "Kind",
    "Known",
    "Plan",
    "Recheck",
    "Refusal",
    "State",
    "Task",
    "Visit",
]
