"""The stop words that trafilatura's last resort (jusText) asks for, without its cost.

jusText lower-cases the stop words of a hundred languages, 150,000 of them, for each page: more than an average page
takes as a whole. Only words that occur on the page can make a difference, so it is given those alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, cast

from lxml.html import HtmlElement
from trafilatura import external

_LOCK = Lock()  # trafilatura keeps the list in its module


@contextmanager
def stop_words_of(tree: HtmlElement) -> Iterator[None]:
    """Within it, trafilatura has the stop words among a tree's words. The result is the same as with all of them."""
    with _LOCK:
        before = external.JT_STOPLIST
        external.JT_STOPLIST = cast("Any", _StopWords(tree))
        try:
            yield
        finally:
            external.JT_STOPLIST = before


class _StopWords:
    """Read only if jusText runs, which few pages need."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree

    def __iter__(self) -> Iterator[str]:
        texts = [str(text) for text in self._tree.itertext()]
        # A word may end at an element or go on in the next one.
        words = {word.lower() for joined in (" ".join(texts), "".join(texts)) for word in joined.split()}
        found = words & _all_stop_words()
        external.JT_STOPLIST = cast("Any", self)  # reading them all sets the list
        return iter(found)


@cache
def _all_stop_words() -> frozenset[str]:
    return frozenset(word.lower() for word in external.jt_stoplist_init())
