"""What a story page states about itself: the URL that it names as its own, and a sign by which copies are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.boilerplate import text_key
from archiver.index.store.identity import folded_key_of, identity, number
from archiver.layout import Site
from archiver.model import Article
from archiver.urls import host_of

LEAST_WORDS = 100  # shorter texts may be equal by chance: captions, notices, scores
CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class PageWord:
    """`target`: the SURT that the page names, None for its own. `witness`: the element that names it, or `contradicted`
    if its elements name different pages."""

    url: str  # chosen by the extractor, canonical
    host: str
    target: str | None
    witness: str | None
    sign: int | None


def word_of(sites: Sequence[Site], own: str, article: Article) -> PageWord:
    """A page's statement about itself; `own` is the SURT of the requested URL."""
    url = identity(sites, article.url)[0]
    target, witness = _named(sites, own, article)
    return PageWord(url, host_of(url), target, witness, _sign(article))


def _named(sites: Sequence[Site], own: str, article: Article) -> tuple[str | None, str | None]:
    claims = [(witness, *identity(sites, url)) for witness, url in article.claims]
    strong = [claim for claim in claims if claim[0] != "@id"]
    inner = [claim for claim in strong if not claim[2].endswith(")/")]  # many pages name the front page as well
    claims = inner or strong or claims or [("canonical", *identity(sites, article.url))]
    other = next((claim for claim in claims if claim[2] != own), None)
    if other is None:
        return None, None
    if len({folded_key_of(url) for _, url, _ in claims}) > 1:
        return other[2], CONTRADICTED
    # Spellings of one URL: the first element decides.
    return (claims[0][2], claims[0][0]) if claims[0][2] != own else (None, None)


_WORD = re.compile(r"\w+")
_PAGE_WORDS = frozenset(
    {
        "page", "pages", "página", "páginas", "pagina", "pág", "pag", "p", "seite", "part", "parte", "partie", "teil",
        "of", "de", "von", "di", "sur",
    }
)  # fmt: skip
_LEAST_HEADING = 3  # words: several stories share shorter ones


def words_of_title(title: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(title.casefold()))


def heading_of(title: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a title without a page number at its end: "The walk (page 2 of 3)", "The walk 2/3"."""
    end = len(title)
    while end and (title[end - 1] in _PAGE_WORDS or (title[end - 1].isdecimal() and len(title[end - 1]) <= 2)):
        end -= 1
    return title[:end] or title


def turn_sign(article: Article) -> int | None:
    """A hash of headline and day, equal for the pages of one story. None if other stories could have the same."""
    heading, day = heading_of(words_of_title(article.title)), (article.date_published or "")[:10]
    return number(*heading, day) if len(heading) >= _LEAST_HEADING and day else None


def _sign(article: Article) -> int | None:
    if sum(len(block.text.split()) for block in article.blocks) < LEAST_WORDS:
        return None
    longest = max(len(block.text) for block in article.blocks)
    return min(text_key(block.text) for block in article.blocks if len(block.text) == longest)
