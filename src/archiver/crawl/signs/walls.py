"""Walls in the place of stories: pages that look like one, and say the same wherever they stand. Many a short story has
a captcha in its form and a word on cookies at its end, and sentences of its own.
"""

from __future__ import annotations

from archiver.crawl.signs.sentences import TEXT_OF_ITS_OWN, SentencesMet
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.wall_signs import WallSign

_MOST_SENTENCES = 10_000


class WallWatch:
    """What one crawl's pages say that look like walls."""

    def __init__(self) -> None:
        self._sentences = SentencesMet(_MOST_SENTENCES)
        self._met_one = False

    def sign(self, sketch: PageSketch) -> WallSign | None:
        """`block` or `consent` when a wall stands in the place of a story, else None. The first page that looks like
        one is one, unless its head says that it is a story."""
        sign = sketch.wall
        if sign is None:
            return None
        # Some words of its own a wall may have: it names the page that it stands before.
        has_text = self._sentences.own(sketch.sentences) >= TEXT_OF_ITS_OWN
        is_story = has_text and (self._met_one or sketch.declares_story)
        self._met_one = True
        return None if is_story else sign
