"""Detects endless URL spaces: calendars, facets, sorted copies, pages after the last one, generated host names.

The content of a page doesn't matter. URLs are grouped into patterns (with placeholders for digits and slugs, and the
names of their parameters), and each pattern has budgets. Budgets apply to one run: the next run starts from zero and
stops at the same places. docs/add-a-site.md explains each reason.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from archiver.crawl.signs.page_kind import has_text_of_story
from archiver.crawl.signs.sentences import TEXT_OF_ITS_OWN, SentencesMet
from archiver.crawl.signs.sketch import PageSketch
from archiver.frontier import Candidate, Task
from archiver.urls import host_of, registered_domain

HOSTS = 50  # of one registered domain
PAGES = 100_000  # that are not stories
BARREN_NUMBERED = 20  # consecutive pages of a numbered pattern without any new link
BARREN_FACETS = 60  # the same for all sets of parameters on one path
# The same for lists that differ in a name, /tag/…/, and for those without links that the crawl has not found elsewhere;
BARREN_FAMILY = 100  # or, if that is more,
BARREN_A_STORY = 2  # of these for each story: a large site has more tags, and more useful ones
_FOLDERS_OF_A_FAMILY = 2
BARREN_NAMED = 1000  # the same for patterns of words alone: topics, authors
LIST_DEPTH = 50  # the maximum depth of a page of a list, so that the stories of its hundredth page are not too deep
LIST_END = 5  # consecutive numbered pages of one list (/topics/politics/2?page=7) without a link that is new to it
PARAMETER_SETS = 20  # different sets of parameter names on one path
STALE = 500  # consecutive pages of a pattern with only known links
SAME_WORDS = 20  # consecutive pages of one pattern with the same words as others of it
SITEMAP_LEVELS = 3  # nested sitemap indexes
_MOST_LINKS = 50_000  # of a pattern's pages that are remembered
_MOST_MET = 500_000  # links of all pages that are remembered
_REMEMBERED = 64  # different pages of a pattern whose words are remembered
_MOST_FIGURES = 20_000  # pages of a pattern whose figures are remembered
_MOST_SENTENCES = 100_000  # of a pattern's pages that are remembered

_SORTING = frozenset(
    {
        "sort",
        "sort_by",
        "sortby",
        "sort_order",
        "sortorder",
        "order",
        "order_by",
        "orderby",
        "ordering",
        "dir",
        "direction",
    }
)
_SEARCHING = frozenset({"q", "query", "search", "keyword", "keywords", "keys", "buscar"})
_SEARCH_PATH = re.compile(r"/(?:search|buscar|busqueda|búsqueda|recherche|suche|ricerca)(?:/|$)", re.IGNORECASE)
_LANGUAGE_FOLDER = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[^/]*\d)[0-9A-Za-z]{16,}|\([A-Za-z]\([^/()]+\)\)")
_PAGE_PARAMETERS = frozenset({"page", "p", "pg", "paged", "start", "offset", "pagina"})
_LIST_PARAMETERS = _PAGE_PARAMETERS | {"node"}  # Drupal: a list continued after the story with that number


@dataclass(frozen=True, slots=True)
class Pattern:
    """The pattern of a URL, which all pages of one template share."""

    host: str
    path: str  # digits as N, slugs as S
    parameters: tuple[str, ...]

    @property
    def numbered(self) -> bool:
        """Whether such URLs can be generated endlessly by counting."""
        return bool(self.parameters) or "N" in self.path


@dataclass(slots=True)
class _Record:
    """The results of a pattern's pages."""

    barren: int = 0
    stale: int = 0
    same: int = 0
    links: set[int] = field(default_factory=set)
    sentences: SentencesMet = field(default_factory=lambda: SentencesMet(_MOST_SENTENCES))
    pages: int = 0
    closed: str | None = None
    words: deque[bytes] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    figures: set[bytes] = field(default_factory=set)  # of pages with the same words

    def has_own_figures(self, sketch: PageSketch) -> bool:
        """Whether a page has the same words as an earlier one, but new figures. They are remembered."""
        if sketch.words not in self.words or sketch.figures is None or sketch.figures in self.figures:
            return False
        if len(self.figures) < _MOST_FIGURES:
            self.figures.add(sketch.figures)
        return True

    def note(self, shows_more: bool, has_new_links: bool, limit: int, stale_limit: int = STALE) -> None:
        """Count a page without new links, or reset the count."""
        self.barren = 0 if shows_more else self.barren + 1
        self.stale = 0 if has_new_links else self.stale + 1
        if self.barren >= limit or self.stale >= max(limit, stale_limit):
            self.closed = self.closed or "trap_barren"


@dataclass(slots=True)
class _List:
    """The results of the numbered pages of one list."""

    links: set[int] = field(default_factory=set)
    fruitful: int = 0  # pages with a link that was new to the list
    barren: int = 0  # consecutive pages without one

    @property
    def ended(self) -> bool:
        return self.barren >= LIST_END

    @property
    def is_real(self) -> bool:
        """Whether its pages have different content: links of a menu are new only once."""
        return self.fruitful >= 2


class Traps:
    """Budgets of one site's crawl. `has_rule`: the site has a pattern for stories."""

    def __init__(self, *, has_rule: bool = False) -> None:
        self._has_rule = has_rule
        self._records: dict[Pattern, _Record] = {}
        self._hosts: dict[str, set[str]] = {}
        self._parameter_sets: dict[tuple[str, str], set[tuple[str, ...]]] = {}
        self._sitemaps: dict[str, int] = {}
        self._lists: dict[ListAddress, _List] = {}
        self._showing: dict[str, int] = {}  # links of a page that are new to its pattern
        self._listing: dict[str, int] = {}  # links of a page that are new to its list
        self._introducing: dict[str, int] = {}  # links of a page that are new to its family
        self._met: set[int] = set()  # links of any page
        self._unmet: dict[str, int] = {}  # links of a page in a family that no page had before
        self._pages = 0
        self._stories = 0

    def refusal(self, candidate: Candidate | Task) -> str | None:
        """Why a URL is not fetched (`trap_...`), or None. Called for a link, and again before it is fetched."""
        if candidate.kind in ("seed", "exact", "requisite"):
            return None
        level = self._sitemaps.get(candidate.url)
        if level is not None:
            return "trap_sitemaps" if level > SITEMAP_LEVELS else None
        pattern = pattern_of(candidate.url)
        if not self._admits_host(pattern.host):
            return "trap_hosts"
        if candidate.kind == "article":
            record = self._records.get(pattern)
            return "trap_same_words" if record and record.closed == "trap_same_words" and not self._has_rule else None
        return self._page_refusal(candidate.url, pattern)

    def expect_sitemap(self, url: str, found_on: str) -> None:
        """A sitemap index, or robots.txt, names a sitemap."""
        level = self._sitemaps.get(found_on, 0) + 1
        self._sitemaps[url] = min(level, self._sitemaps.get(url, level))

    def is_sitemap(self, url: str) -> bool:
        return url in self._sitemaps

    def note_fetch(self, task: Task) -> None:
        """A page is about to be fetched."""
        self._pages += task.kind == "page"

    def shows(self, task: Task, onward: Collection[Candidate], foreign: Collection[str] = ()) -> None:
        """Record a page's links to stories or to pages of another pattern, and links off the site. A page has nothing
        new if pages of its own pattern already had all its links; links known from a sitemap still count as new.
        """
        foreign = [url for url in foreign if not _names_host(url, task.url)]
        shown = {hash(link.key) for link in onward if link.kind == "article" or not self._is_closed(link.url)}
        shown.update(map(hash, foreign))
        _add_fresh(shown, self._records.setdefault(pattern_of(task.url), _Record()).links, self._showing, task.url)
        family = family_of(task.url)
        if family is not None:
            beyond = {hash(link.key) for link in onward if link.kind == "article" or _is_beyond(link.url, family)}
            self._unmet[task.url] = self._unmet.get(task.url, 0) + len(beyond - self._met)
            beyond.update(hash(url) for url in foreign if _is_beyond(url, family))
            _add_fresh(beyond, self._records.setdefault(family, _Record()).links, self._introducing, task.url)
        address = list_of(task.url)
        if address is not None:
            _add_fresh(shown, self._lists.setdefault(address, _List()).links, self._listing, task.url)

    def note_links(self, onward: Collection[Candidate]) -> None:
        """Record the links of any page; those of a list were also passed to `shows`."""
        if len(self._met) < _MOST_MET:
            self._met.update(hash(link.key) for link in onward)

    def visited(self, task: Task, has_new_links: bool, sketch: PageSketch) -> bool:
        """Record a fetched page, whose links were passed to `shows`. `has_new_links`: some of them are new.

        Returns whether it is one of many pages with a text and few links of their own: a story at a URL that doesn't
        show it.
        """
        links, new_to_list = self._showing.pop(task.url, 0), self._listing.pop(task.url, 0)
        if task.kind in ("seed", "exact") or self.is_sitemap(task.url):
            return False
        pattern = pattern_of(task.url)
        record = self._records.setdefault(pattern, _Record())
        text = record.sentences.own(sketch.sentences) if task.kind == "page" else 0
        record.pages += 1
        has_figures = pattern.numbered and record.has_own_figures(sketch)
        has_text = text >= TEXT_OF_ITS_OWN or has_figures
        shows_more, has_new_links = links > 0 or has_text, has_new_links or has_text
        address = list_of(task.url) if task.kind == "page" else None
        if address is not None:
            walked = self._lists.setdefault(address, _List())
            walked.fruitful += new_to_list > 0
            walked.barren = 0 if new_to_list or has_text else walked.barren + 1
            # The end of a real list says nothing about other lists of its kind, even if its links were known.
            shows_more, has_new_links = shows_more or walked.is_real, has_new_links or walked.is_real
        family = family_of(task.url) if task.kind == "page" else None
        if family is not None:
            relatives = self._records.setdefault(family, _Record())
            own_text = relatives.sentences.own(sketch.sentences)  # pages of many tags have excerpts
            shown = self._introducing.pop(task.url, 0)
            is_text = has_text_of_story(own_text, shown)
            limit = max(BARREN_FAMILY, BARREN_A_STORY * self._stories)
            is_new = self._unmet.pop(task.url, 0) > 0 or is_text
            relatives.note(shown > 0 or own_text >= TEXT_OF_ITS_OWN, is_new, limit, stale_limit=limit)
        if task.kind == "page":
            record.note(shows_more, has_new_links, BARREN_NUMBERED if pattern.numbered else BARREN_NAMED)
            if pattern.parameters:
                self._records.setdefault(_any_parameters(pattern), _Record()).note(
                    shows_more, has_new_links, BARREN_FACETS
                )
        if pattern.numbered and not (self._has_rule and task.kind == "article"):
            record.same = record.same + 1 if sketch.words in record.words and not shows_more else 0
            record.words.append(sketch.words)
            if record.same >= SAME_WORDS:
                record.closed = "trap_same_words"
        is_neighbour = pattern.numbered and record.pages > 1  # the first page of a pattern also has the menu's links
        links = max(links, new_to_list)
        is_story = has_text_of_story(text, links) or (has_figures and not links)
        self._stories += task.kind == "article" or (is_neighbour and is_story)
        return is_neighbour and is_story

    def _is_closed(self, url: str) -> bool:
        record = self._records.get(pattern_of(url))
        return record is not None and record.closed is not None

    def _page_refusal(self, url: str, pattern: Pattern) -> str | None:
        names = {name.lower() for name in pattern.parameters}
        sets = self._parameter_sets.setdefault((pattern.host, pattern.path), set())
        path = urlsplit(url).path
        # WordPress uses ?s= at its root for searches; elsewhere it may be a section.
        searches = names & _SEARCHING and not _names_a_path(url)
        if searches or ("s" in names and path == "/") or _SEARCH_PATH.search(path):
            return "trap_search"
        if names & _SORTING:
            return "trap_sorted"
        if pattern.parameters not in sets:
            if len(sets) >= PARAMETER_SETS and not names <= _PAGE_PARAMETERS:
                return "trap_facets"
            sets.add(pattern.parameters)
        address = list_of(url)
        if address is not None and address in self._lists and self._lists[address].ended:
            return "list_ended"
        # A list whose pages have new links is followed to its end, whatever the results of its family.
        is_walked = address is not None and address in self._lists and self._lists[address].is_real
        family = None if is_walked else family_of(url)
        wider = _any_parameters(pattern) if pattern.parameters else family
        for known in (pattern, wider) if wider is not None else (pattern,):
            record = self._records.get(known)
            if record and record.closed:
                return record.closed
        return "trap_pages" if self._pages >= PAGES else None

    def _admits_host(self, host: str) -> bool:
        hosts = self._hosts.setdefault(_domain(host), set())
        if host not in hosts and len(hosts) < HOSTS:
            hosts.add(host)
        return host in hosts


def _add_fresh(shown: set[int], known: set[int], counts: dict[str, int], url: str) -> None:
    """Count a page's unknown links, and remember them."""
    fresh = shown - known
    if fresh:
        counts[url] = counts.get(url, 0) + len(fresh)  # a long page comes in parts
        if len(known) < _MOST_LINKS:
            known |= fresh


def _names_host(url: str, page: str) -> bool:
    """Whether a link off the site contains the site's host, like links for sharing, which differ on each page."""
    host = host_of(page).removeprefix("www.")
    return host in unquote(url.partition("?")[2].lower()) or host in urlsplit(url).fragment.lower()


def _names_a_path(url: str) -> bool:
    """Whether a URL that looks like a search is a page: Drupal's /?q=node/1 without clean URLs."""
    given = [value for name, value in parse_qsl(urlsplit(url).query) if name.lower() in _SEARCHING]
    return bool(given) and all("/" in value and not value.startswith("search/") for value in given)


def _any_parameters(pattern: Pattern) -> Pattern:
    return Pattern(pattern.host, pattern.path, ("*",))


@lru_cache(maxsize=10_000)
def family_of(url: str) -> Pattern | None:
    """The common part of lists that differ in a name: /tag/ferry/ and /tag/bridge/, and their feeds. None for numbered
    pages, and for pages that are not in a folder.
    """
    pattern = pattern_of(url)
    folders = pattern.path.strip("/").removesuffix("/feed").split("/")
    first = 1 if _LANGUAGE_FOLDER.fullmatch(folders[0]) else 0
    if pattern.numbered or len(folders) - first < _FOLDERS_OF_A_FAMILY:
        return None
    named = [*folders[: first + 1], *"*" * (len(folders) - first - 1)]
    return Pattern(pattern.host, "/".join(named), ("*",))


def _is_beyond(url: str, family: Pattern) -> bool:
    """Whether a link of a list leads to anything except other lists of its kind and their feeds."""
    pattern = pattern_of(url)
    if not pattern.numbered and "S" not in pattern.path:
        return False
    return not pattern.path.strip("/").startswith(family.path.partition("*")[0])


ListAddress = tuple[str, str]  # host and path


@lru_cache(maxsize=10_000)
def list_of(url: str) -> ListAddress | None:
    """The list of which a URL is a numbered page, or None for a URL without a page number."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    counted = all(name.lower() in _LIST_PARAMETERS and re.fullmatch(r"[\d,]{1,20}", value) for name, value in pairs)
    return (parts.hostname or "", parts.path.rstrip("/")) if pairs and counted else None


def depth_of(found_on: str, depth: int, url: str) -> int:
    """Links from a seed to `url`, found on a page at `depth`. The pages of one list don't increase the depth."""
    address = list_of(url)
    same_list = address is not None and address == list_of(found_on)
    return max(depth, min(depth + 1, LIST_DEPTH)) if same_list else depth + 1


@lru_cache(maxsize=10_000)
def pattern_of(url: str) -> Pattern:
    """The pattern of a URL."""
    parts = urlsplit(url)
    folded = "/".join(_folded(segment) for segment in parts.path.split("/"))
    names = tuple(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return Pattern(parts.hostname or "", folded, names)


def is_token(folder: str) -> bool:
    """Whether a folder of a URL looks like a session: /s/4f5e…/, /(S(4f5e…))/."""
    return _TOKEN.fullmatch(folder) is not None


def _folded(segment: str) -> str:
    if len(re.split(r"[-_+.]|%20", segment)) >= 3 and not re.fullmatch(r"[\d\-_.]+", segment):
        return "S"
    if len(segment) > 24:
        return "S"
    return re.sub(r"\d+", "N", segment)


_domain = lru_cache(maxsize=10_000)(registered_domain)
