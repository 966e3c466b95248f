"""What a crawl counts while it runs, for progress and for its report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MANY = 3  # stories that must agree before something is said of all


@dataclass(frozen=True, slots=True)
class Before:
    """What a crawl of a site began with."""

    had_stories: bool = False  # an earlier crawl got some
    goes_on: bool = False  # one was interrupted, and may have read the lists that lead to stories
    narrowed: bool = False  # it was told to leave some stories alone, or to follow nothing
    rendered: bool = False  # a browser shows the pages


@dataclass(frozen=True, slots=True)
class FailedSeed:
    """A start page that was not fetched. `leads_to`: where it redirects to, if that is why."""

    url: str
    reason: str
    leads_to: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts of one crawl of one site. `stories` and `pages` are good answers; the rest says what they were."""

    fetched: int = 0
    stories: int = 0
    pages: int = 0
    bytes: int = 0
    retries: int = 0
    seeds: int = 0
    seeds_fetched: int = 0
    failed_seeds: list[FailedSeed] = field(default_factory=list)
    leaving_seeds: list[FailedSeed] = field(default_factory=list)  # pages that only send the reader to another site
    scripted_seeds: int = 0  # start pages with scripts and next to no links
    pages_new: int = 0  # story pages that never answered before
    pages_changed: int = 0  # known story pages with other words than at the visit before
    pages_unchanged: int = 0
    pages_gone: int = 0
    not_modified: int = 0  # answers with status 304
    walls: int = 0  # story pages that showed a captcha, a bot check or a consent wall
    seed_wall_reasons: Counter[str] = field(default_factory=Counter)  # start pages that look like one
    revisits: int = 0  # answers whose payload was not written again
    rendered: int = 0  # pages that a browser showed
    render_failed: int = 0  # pages that it could not show: they count as they were fetched
    reasons: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)  # answers of each
    # Whether the site still gives stories: see `lost_stories`.
    lists_read: int = 0
    lists_not_modified: int = 0
    article_links: int = 0
    stories_read: int = 0  # answers with status 200
    stories_redirected: int = 0
    story_words: set[str] = field(default_factory=set)  # fingerprints, two at most: more says nothing more

    def note_words(self, fingerprint: str) -> None:
        """Note what a story page said."""
        self.stories_read += 1
        if len(self.story_words) < 2:
            self.story_words.add(fingerprint)

    @property
    def seed_walls(self) -> int:
        """Start pages that look like a captcha, a bot check or a consent wall."""
        return self.seed_wall_reasons.total()

    def lost_stories(self, before: Before) -> tuple[str, str] | None:
        """Why a site that gave stories to earlier crawls gives none now, in a word and in a sentence; None where it
        does, or never did."""
        if not before.had_stories:
            return None
        if self.lists_read and not self.article_links and not self.lists_not_modified and not before.goes_on:
            return "lists_without_stories", f"none of {self.lists_read} pages leads to a story"
        if self.stories_read >= _MANY and len(self.story_words) == 1:
            return "same_words", f"all {self.stories_read} story pages say the same"
        stories = self.stories_read + self.not_modified - self.lists_not_modified
        if self.stories_redirected >= _MANY and not stories:
            return "stories_redirect", f"all {self.stories_redirected} stories lead elsewhere"
        return None
