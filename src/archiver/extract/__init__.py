"""html -> Article | Skip: the only owner of trafilatura and htmldate.

`extract` is a pure function of its arguments: no clock, no network, no state. No content of a page makes it raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archiver.extract.extractor_name import EXTRACTOR
    from archiver.extract.story import extract

__all__ = ["EXTRACTOR", "extract"]


def __getattr__(name: str) -> object:
    """Imported lazily: a process that only hands pages to workers needs neither of them, nor trafilatura."""
    if name in __all__:
        from archiver.extract import extractor_name, story  # noqa: PLC0415

        return getattr(extractor_name if name == "EXTRACTOR" else story, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
