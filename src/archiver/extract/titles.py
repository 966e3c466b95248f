"""The headline: the h1 confirmed by <title>, Open Graph or JSON-LD, without the site's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archiver.extract.dates import is_date_line
from archiver.extract.lines import Line
from archiver.extract.names_cjk import CJK
from archiver.tokens import MARKS

_SEPARATOR = re.compile(r"\s+[|\-–—:·•»«›/~]+\s+|\s*\|\s*|\s+::\s+|\s*[»›]\s*|:\s+(?=[^:]{2,40}$)")
_STRONG_SEPARATOR = re.compile(r"\s+[|–—·•»›-]+\s+|\s*\|\s*|\s+::\s+")
_CJK_SEPARATOR = re.compile(
    r"\s*[_|｜丨‖|]\s*|\s+[-–—·]\s+|\s*(?:--+|－|—)\s*|-(?=[^-]{2,14}$)|：\s?(?=[^：]{2,14}$)|:\s?(?=[^:]{2,14}$)|\s+::\s+"
)
# Ends of the names of Chinese, Japanese and Korean publishers.
_CJK_SITE = re.compile(
    r"(?:网|網|网站|新闻|新聞|日报|日報|晚报|晚報|早报|时报|時報|周刊|週刊|在线|频道|頻道|电视台|新聞社|通信社|通讯社|ニュース|デジタル|電子版|オンライン|テレビ|タイムズ|뉴스|일보|신문|방송|닷컴)$"
)
_EDITIONS = frozenset(
    [
        "news",
        "online",
        "com",
        "digital",
        "english",
        "espanol",
        "world",
        "politics",
        "business",
        "sport",
        "sports",
        "opinion",
        "international",
        "us",
        "uk",
        "usa",
        "mexico",
        "america",
        "americas",
        "europe",
        "asia",
        "africa",
        "india",
        "australia",
        "arabic",
        "brasil",
        "magazine",
        "newspaper",
        "tv",
        "radio",
        "live",
        "blog",
        "noticias",
        "nachrichten",
        "aktuell",
        "actualites",
        "actu",
        "it",
        "en",
        "es",
        "net",
        "org",
        "times",
        "post",
        "herald",
        "tribune",
        "gazette",
        "journal",
        "chronicle",
        "zeitung",
    ]
)
# The heading above readers' comments, which repeats the story's.
_REPLIES = re.compile(
    r"^(?:\d[\d.,]*|one|no|an?)\s+(?:repl(?:y|ies)|thoughts?|comments?|responses?|respuestas?|comentarios?|kommentare?|antworten|commentaires?|r[ée]ponses?|comment[io]|coment[áa]rios?)\b.{0,12}[“”\"«‘„]"
    r"|^(?:comments|replies|comentarios|kommentare|commentaires)\s+(?:on|to|en|zu|sur)\s*[:“\"«]",
    re.IGNORECASE,
)
# Text after the headline in a heading that is not part of it: the source, the section, a date.
_BEHIND = re.compile(r"\s*(?:[|/–—-]\s+|[(\[])(?=[^|/]{2,30}$)\S+(?:\s+\S+){0,2}$")
# Signs between a kicker and a title.
_BETWEEN = re.compile(r"\s*:\s+|\s+[|–—·•-]\s+")
_QUOTES = str.maketrans("’‘“”„", '\'\'"""')
_WORD = re.compile(rf"\w[\w{MARKS}]*")
_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


@dataclass(frozen=True, slots=True)
class TitleSources:
    """All titles that a page declares or shows."""

    h1: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()  # JSON-LD headline, og:title, twitter:title, in this order
    document: str | None = None  # <title>
    site_names: tuple[str, ...] = ()
    h1_is_real: bool = True  # False if another element replaces a missing one


def headline(sources: TitleSources) -> str:
    """The best title of a page, or an empty string."""
    headings = [
        text for text in sources.h1 if text and not _REPLIES.match(text) and not _is_site_name(text, sources.site_names)
    ]
    declared = [text for text in sources.declared if text]
    found = _word_for_word(headings, declared, sources)
    if found is None and (vouched := _vouched(headings, declared, sources)):
        found = _without_rest(vouched, declared, sources.site_names)
    return (without_site(found, sources.site_names, found) or found) if found else _stated(sources)


def _word_for_word(headings: list[str], declared: list[str], sources: TitleSources) -> str | None:
    """The heading with the same text as another source. Headings come in variants, one of them without the kicker."""
    for vouchers in (declared, [sources.document] if sources.document else []):
        stated = {key_of(title): title for text in vouchers if (title := without_site(text, sources.site_names))}
        for text in headings:
            if key_of(text) in stated:
                voucher = stated[key_of(text)]
                return voucher if voucher in headings else _spaced(text, voucher)
    return None


def _without_rest(heading: str, declared: Sequence[str], site_names: Iterable[str]) -> str:
    """A heading without the separated text after the declared title: `... | Opinion`, `... (example.com)`."""
    for text in declared:
        title = without_site(text, site_names)
        if len(title) < 12:
            continue
        if heading.startswith(title) and _BEHIND.fullmatch(heading[len(title) :]):
            return title
        # A date or a kicker in capitals before it, in the same element.
        before = heading[: -len(title)].strip() if heading.endswith(f" {title}") else ""
        if is_date_line(before) or (before.isupper() and before.isalpha() and title[:1].isupper()):
            return title
    return heading


def _vouched(headings: list[str], declared: list[str], sources: TitleSources) -> str | None:
    """The heading of which other sources contain a part or share most words; a single heading if no other source has a
    title."""
    vouchers = [*declared, *([sources.document] if sources.document else [])]
    document = sources.document or ""
    for text in headings:
        # A heading without its first or last line has to be most of the title.
        is_part = any(text in other and text != other for other in headings)
        whole = [title for title in vouchers if not is_part or len(key_of(text)) * 2 >= len(key_of(title))]
        by_declared = any(_vouches(title, text) for title in declared if title in whole)
        by_document = document in whole and (_vouches(document, text) or _begins(document, text))
        if by_declared or (by_document and _is_of_story(text, declared)):
            return text
    if headings and vouchers:
        best = max(headings, key=lambda text: max(_overlap(text, voucher) for voucher in vouchers))
        best = next((text for text in headings if _completes(text, best, vouchers)), best)
        if max(_overlap(best, voucher) for voucher in vouchers) >= 0.5 and _is_of_story(best, declared):
            return best
    lone = headings[0] if len(headings) == 1 and sources.h1_is_real else ""
    if len(lone) < 15:
        return None
    return lone if _is_of_story(lone, declared, without_site(document, sources.site_names)) else None


def _stated(sources: TitleSources) -> str:
    """The declared title without the site's name; else any heading."""
    declared = [text for text in sources.declared if text]
    document = " ".join((sources.document or "").split())
    first = declared[0] if declared else ""
    if first.endswith(("…", "...")):
        first = next((whole for whole in (*declared, document) if _is_cut_from(first, whole)), first)
    if first:
        # With the same text in <title> nothing shows where the title ends.
        return without_site(first, sources.site_names, None if first == document else document)
    if document:
        return without_site(document, sources.site_names)
    return sources.h1[0] if sources.h1 and not _is_site_name(sources.h1[0], sources.site_names) else ""


def _completes(whole: str, part: str, vouchers: Iterable[str]) -> bool:
    """Whether a heading is `part` and more of the title: words that another source has too."""
    rest = whole.removeprefix(f"{part} ") if whole.startswith(part) else whole.removesuffix(f" {part}")
    words = set(_WORD.findall(rest.casefold())) if len(rest) < len(whole) else set()
    return any(words.intersection(_WORD.findall(voucher.casefold())) for voucher in vouchers)


def _is_cut_from(text: str, whole: str) -> bool:
    """Whether a title that ends with "…" is the beginning of another one."""
    begun = key_of(text)
    return len(begun) >= 12 and len(key_of(whole)) > len(begun) and key_of(whole).startswith(begun)


def _is_of_story(heading: str, declared: Sequence[str], document: str = "") -> bool:
    """Whether a heading that only <title> confirms can be the story's: a blog's name shares no word with its story.

    If two declared titles, or one and <title>, agree, even a heading that is a sentence is rejected: it is that of a
    box, or a slogan.
    """
    words = set(_WORD.findall(heading.casefold()))
    telling = [stated for text in declared if len(stated := set(_WORD.findall(text.casefold()))) > 2]
    if not telling or any(len(words & stated) * 4 >= min(len(words), len(stated)) > 0 for stated in telling):
        return True
    titles = [*map(key_of, declared), *([key_of(document)] if document else [])]
    return len(words) > 4 and len(set(titles)) == len(titles)


def _spaced(heading: str, voucher: str) -> str:
    """A heading whose elements run together ("Movers 2025Your guide") with the word spacing of `voucher`, one whose
    kicker is separated by its style alone with the sign of `voucher`, or one in capitals with its case."""
    runs_on = len(_WORD.findall(heading)) < len(_WORD.findall(voucher))
    parted = _without_signs(voucher) == _without_signs(heading)
    parted = parted and len(_BETWEEN.findall(voucher)) > len(_BETWEEN.findall(heading))
    marked = heading.endswith("+") and not voucher.endswith("+")  # the mark of an article for subscribers
    return voucher if runs_on or parted or marked or (heading.isupper() and not voucher.isupper()) else heading


def _without_signs(text: str) -> str:
    """A title without the signs between a kicker and a title, spaces, and the forms of quotation marks."""
    return _BETWEEN.sub("", text).replace(" ", "").translate(_QUOTES)


def without_site(title: str, site_names: Iterable[str], longer: str | None = None) -> str:
    """Removes the publisher's name from a title: a part that is the site's name, or that follows the title in
    `longer`."""
    title = " ".join(title.split())
    names = tuple(site_names)
    separator = _CJK_SEPARATOR if CJK.search(title) else _STRONG_SEPARATOR
    while True:
        parts = list(separator.finditer(title))
        if not parts:
            break
        last, first = parts[-1], parts[0]
        if _is_site_name(title[last.end() :], names) or (last.start() >= 6 and _CJK_SITE.search(title[last.end() :])):
            # "headline_section_site": the part between two underscores is a section.
            title = title[: first.start() if "_" in last[0] and "_" in first[0] else last.start()].rstrip()
        elif _is_site_name(title[: first.start()], names):
            title = title[first.end() :].lstrip()
        elif (name := _site_inside(title, parts, names)) is not None:
            title = title[: name.start()].rstrip()
        else:
            break
    left, colon, right = title.rpartition(": ")
    if colon and len(left) >= 12 and " " in right and _is_site_name(right, names):
        title = left.rstrip()
    if longer is None and (parts := list(_STRONG_SEPARATOR.finditer(title))):
        # A <title> without other sources: a short last part after a long first one is the site's name.
        head, tail = title[: parts[-1].start()], title[parts[-1].end() :]
        if len(head) >= 20 and len(tail.split()) <= 4 and len(tail) < len(head) * 0.6 and "|" in parts[-1][0]:
            title = head.rstrip()
    return title


def _site_inside(title: str, parts: list[re.Match[str]], names: tuple[str, ...]) -> re.Match[str] | None:
    """The separator before the site's name that has a motto behind it: `... | The Lantern - News from the harbour`."""
    for at, part in enumerate(parts):
        end = parts[at + 1].start() if at + 1 < len(parts) else len(title)
        said, colon, _ = title[part.end() : end].partition(": ")
        has_motto = end < len(title) or colon
        if part.start() >= 12 and has_motto and _is_site_name(said, names):
            return part
    return None


@lru_cache(maxsize=4096)  # each step of an extraction asks for the keys of the same lines
def key_of(text: str) -> str:
    """Letters and digits only, case folded: equal for all spellings of a line."""
    if text.isascii():
        return text.lower().encode().translate(None, _NO_WORD).decode()
    return "".join(_WORD.findall(text.casefold())).replace("_", "")


def title_position(lines: Sequence[Line], title: str) -> int | None:
    """The line that is the headline: the title alone, else the title with a kicker or a date in the same element."""
    key, size = key_of(title), len(title)
    if not key:
        return None
    near: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        if size - 40 <= len(line.text) <= size + 40:
            other = key_of(line.text)
            if other == key:
                return at
            near.append((at, other))
    if len(key) < 12:
        return None
    return next((at for at, other in near if other.startswith(key) or other.endswith(key)), None)


def _vouches(voucher: str, heading: str) -> bool:
    theirs, ours = key_of(voucher), key_of(heading)
    if len(ours) < 4:
        return False
    if theirs == ours:
        return True
    if ours in theirs and len(ours) >= 12:
        # Whole parts only: a heading taken from the middle is a different one.
        return theirs.startswith(ours) or theirs.endswith(ours)
    return False


def _begins(document: str, heading: str) -> bool:
    """Whether <title> is the heading, a separator and a name of a few words. One word alone may be a section."""
    document, heading = " ".join(document.split()), " ".join(heading.split())
    if not document.startswith(heading) or (len(heading.split()) < 2 and len(CJK.findall(heading)) < 4):
        return False
    separator = _STRONG_SEPARATOR.match(document, len(heading))
    return separator is not None and 0 < len(document[separator.end() :].split()) <= 3


def _overlap(left: str, right: str) -> float:
    a, b = set(_WORD.findall(left.casefold())), set(_WORD.findall(right.casefold()))
    return len(a & b) / max(1, min(len(a), len(b))) if min(len(a), len(b)) > 2 else 0.0


def _is_site_name(text: str, site_names: Iterable[str]) -> bool:
    key = _plain_key(text.removeprefix("www."))
    if not key:
        return False
    short = len(text.split()) <= 4
    # "BBC News", "EL PAÍS México": the site's name and its edition.
    short = len(text) <= 30 and len(text.split()) <= 4 and text.strip()[:1].isupper()
    for other in map(_plain_key, site_names):
        if key == other or (len(other) > 4 and key in (other + "com", "the" + other)):
            return True
        if short and len(other) >= 3 and key.startswith(other) and key[len(other) :] in _EDITIONS:
            return True
    return False


def _plain_key(text: str) -> str:
    """A key without accents, which domains do not have."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return key_of(plain)
