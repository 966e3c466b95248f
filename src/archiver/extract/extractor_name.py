"""The name of this extractor, which is stored with each text; importing it does not load trafilatura."""

from __future__ import annotations

from importlib.metadata import version

EXTRACTOR = f"archiver-2 trafilatura-{version('trafilatura')} htmldate-{version('htmldate')}"


def is_older(name: str) -> bool:
    """Whether a text was made by another extractor, so that extracting it again may change it."""
    return name.removesuffix(" linear") != EXTRACTOR
