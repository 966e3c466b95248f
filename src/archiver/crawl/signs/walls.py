"""Walls in place of stories: pages that look like one and always have the same words. Short stories may have a captcha
in a form and a note on cookies, too, but they have sentences of their own.
"""

from __future__ import annotations

from archiver.crawl.signs.sentences import TEXT_OF_ITS_OWN, SentencesMet
from archiver.crawl.signs.sketch import PageSketch
from archiver.crawl.signs.wall_signs import WallSign

_MOST_SENTENCES = 10_000


class WallWatch:
    """The words of one crawl's pages that look like walls."""

    def __init__(self) -> None:
        self._sentences = SentencesMet(_MOST_SENTENCES)
        self._met_one = False

    def sign(self, sketch: PageSketch) -> WallSign | None:
        """`block` or `consent` for a wall in place of a story, otherwise None. The first page that looks like a wall
        counts as one, unless its head declares a story.
        """
        sign = sketch.wall
        if sign is None:
            return None
        # A wall may have a few words of its own, because it names the requested page.
        has_text = self._sentences.own(sketch.sentences) >= TEXT_OF_ITS_OWN
        is_story = has_text and (self._met_one or sketch.declares_story)
        self._met_one = True
        return None if is_story else sign
