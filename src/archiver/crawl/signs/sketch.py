"""The features of a page, computed once and shared by everything that judges pages during a crawl."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from archiver.crawl.signs.canonical import canonical_link
from archiver.crawl.signs.figures import figures_of
from archiver.crawl.signs.page_markup import unscripted, words_of
from archiver.crawl.signs.sentences import own_text, sentences_of
from archiver.crawl.signs.storylike import head_declares_story, lists_stories
from archiver.crawl.signs.wall_signs import WallSign, wall_sign

_TEXT = 400  # bytes of letters in sentences: a story has at least this


@dataclass(frozen=True)
class PageSketch:
    """A page fetched from `url`. Each property is computed on first use."""

    url: str
    body: bytes

    @cached_property
    def _unscripted(self) -> bytes:
        return unscripted(self.body)

    @cached_property
    def _own_text(self) -> bytes:
        return own_text(self._unscripted)

    @cached_property
    def words(self) -> bytes:
        """A fingerprint of its letters: see `words_of`."""
        return words_of(self._unscripted)

    @cached_property
    def figures(self) -> bytes | None:
        """A fingerprint of the figures in its text, if there are any: see `figures_of`."""
        return figures_of(self._own_text, self.url)

    @property
    def content(self) -> bytes:
        """A fingerprint of its letters and figures: equal for pages with the same content."""
        return self.words + (self.figures or b"")

    @cached_property
    def sentences(self) -> dict[int, int]:
        """A fingerprint of each of its sentences, and the sentence's bytes of letters: see `sentences_of`."""
        return sentences_of(self._own_text)

    @cached_property
    def canonical(self) -> str | None:
        """The absolute URL that its head claims as its own."""
        return canonical_link(self.body, self.url)

    @cached_property
    def wall(self) -> WallSign | None:
        """The kind of wall that it looks like, if any."""
        return wall_sign(self.body)

    @cached_property
    def declares_story(self) -> bool:
        """Whether its head declares one story, and it has a text."""
        return head_declares_story(self.body) and self.has_text

    @property
    def has_text(self) -> bool:
        """Whether it has enough sentences for a story."""
        return sum(self.sentences.values()) >= _TEXT

    @cached_property
    def lists_stories(self) -> bool:
        """Whether it is a list that shows its stories completely, or almost."""
        return lists_stories(self._unscripted)
