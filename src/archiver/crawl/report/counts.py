"""Counts of a running crawl, for progress and for its report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MANY = 3  # stories that must agree before a conclusion about all


@dataclass(frozen=True, slots=True)
class Before:
    """The situation at the start of a crawl."""

    had_stories: bool = False  # an earlier crawl found stories
    goes_on: bool = False  # an earlier one was interrupted, and may have read the listings that lead to stories
    narrowed: bool = False  # options leave out some stories, or all links
    rendered: bool = False  # pages are rendered in a browser
    exact: bool = False  # only the given URLs are fetched, each of which counts


@dataclass(frozen=True, slots=True)
class FailedSeed:
    """A start page that was not fetched. `leads_to` is the redirect target, if that is the reason."""

    url: str
    reason: str
    leads_to: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts of one crawl of one site. `stories` and `pages` are successful responses."""

    fetched: int = 0
    stories: int = 0
    pages: int = 0
    bytes: int = 0
    retries: int = 0
    seeds: int = 0
    seeds_fetched: int = 0
    failed_seeds: list[FailedSeed] = field(default_factory=list)
    leaving_seeds: list[FailedSeed] = field(default_factory=list)  # pages that only redirect to another site
    scripted_seeds: int = 0  # start pages with scripts and almost no links
    pages_new: int = 0  # story pages fetched for the first time
    pages_changed: int = 0  # known story pages with other words than at the previous fetch
    pages_unchanged: int = 0
    pages_gone: int = 0
    not_modified: int = 0  # responses with status 304
    walls: int = 0  # story pages that showed a captcha, a bot check or a consent wall
    seed_wall_reasons: Counter[str] = field(default_factory=Counter)  # start pages that look like a wall
    revisits: int = 0  # responses whose payload was not written again
    rendered: int = 0  # pages rendered in a browser
    render_failed: int = 0  # pages that could not be rendered: the page without rendering is used
    reasons: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    robots_statuses: Counter[int] = field(default_factory=Counter)  # of robots.txt
    hosts: Counter[str] = field(
        default_factory=Counter
    )  # responses of each # Whether the site still has stories: see `lost_stories`.
    lists_read: int = 0
    lists_not_modified: int = 0
    article_links: int = 0
    stories_read: int = 0  # responses with status 200
    stories_redirected: int = 0
    story_words: set[str] = field(default_factory=set)  # fingerprints, at most two, which is enough

    def note_words(self, fingerprint: str) -> None:
        """Record the words of a story page."""
        self.stories_read += 1
        if len(self.story_words) < 2:
            self.story_words.add(fingerprint)

    @property
    def seed_walls(self) -> int:
        """Start pages that look like a captcha, a bot check or a consent wall."""
        return self.seed_wall_reasons.total()

    def lost_stories(self, before: Before) -> tuple[str, str] | None:
        """Why a site that had stories in earlier crawls has none now, as a word and a sentence; None if it has some, or
        never had.
        """
        if not before.had_stories:
            return None
        if self.lists_read and not self.article_links and not self.lists_not_modified and not before.goes_on:
            return "lists_without_stories", f"none of {self.lists_read} pages leads to a story"
        if self.stories_read >= _MANY and len(self.story_words) == 1:
            return "same_words", f"all {self.stories_read} story pages have the same words"
        stories = self.stories_read + self.not_modified - self.lists_not_modified
        if self.stories_redirected >= _MANY and not stories:
            return "stories_redirect", f"all {self.stories_redirected} stories redirect elsewhere"
        return None
