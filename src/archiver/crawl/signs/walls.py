"""Walls in place of stories: pages that look like one and always have the same words."""

from __future__ import annotations

from archiver.crawl.signs.page_kind import is_story_like_wall
from archiver.crawl.signs.sentences import SentencesMet
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.wall_signs import WallSign

_MOST_SENTENCES = 10_000


class WallWatch:
    """The words of one crawl's pages that look like walls."""

    def __init__(self) -> None:
        self._sentences = SentencesMet(_MOST_SENTENCES)
        self._met_one = False

    def sign(self, sketch: PageSketch) -> WallSign | None:
        """`block` or `consent` for a wall in place of a story, otherwise None."""
        sign = sketch.wall
        if sign is None:
            return None
        is_story = is_story_like_wall(sketch, self._sentences.own(sketch.sentences), met_wall=self._met_one)
        self._met_one = True
        return None if is_story else sign
