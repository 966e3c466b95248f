"""html -> Article | Skip: the only owner of trafilatura and htmldate.

`extract` is a pure function of its arguments: no clock, no network, no state. It never raises for what a page holds.
"""

from __future__ import annotations

from archiver.extract.story import EXTRACTOR, extract

__all__ = ["EXTRACTOR", "extract"]
