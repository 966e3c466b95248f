"""Finds a story's authors: in JSON-LD, meta elements, marked elements, and the byline next to the headline."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from archiver.extract.authors import (
    clean_authors,
    is_agency,
    is_byline,
    is_label,
    is_name,
    is_organisation,
    names_in_byline,
    split_names,
)
from archiver.extract.authors_declared import declared_in_json, declared_in_meta
from archiver.extract.dates import is_date_line, without_date
from archiver.extract.jsonld import Node, as_list, resolve, text_of_value, types_of
from archiver.extract.lines import Line
from archiver.extract.page import Page
from archiver.extract.teasers import is_elsewhere
from archiver.extract.titles import title_position

# The first condition rejects most elements at less cost.
_EXPLICIT = XPath(
    "descendant::*[@itemprop or @rel or @data-author-name]"
    "[@itemprop='author' or @rel='author' or contains(@rel, 'author ') or @data-author-name]"
)
_AUTHOR_PAGE = re.compile(r"/(?:author|autor|contributor|writer|profile/|people/|staff/|by/)")
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|autor|writer|creator|auteur|autore|autrice|szerz[oő]|skribent|forfatter|kirjoittaja|verfasser|redacteur|penulis|yazar)(?:s|names?|link)?(?:$|[\s_-])|author[-_]{0,2}name|by-?line|written-?by|posted-?by",
    re.IGNORECASE,
)
_NOT_BYLINE = re.compile(
    r"bio|about|social|avatar|image|photo|pic|related|comment|desc|twitter|title|job|role|card-", re.IGNORECASE
)
_PHOTO_LINE = re.compile(
    r"^\W*(?:photo|foto|image|imagen|picture|illustration|video|©|cr[ée]dit|courtesy|cortes[íi]a|getty|写真|撮影|摄影|攝影|图|圖|사진|фото)",
    re.IGNORECASE,
)
_IN_SECTION = re.compile(r"\s+in\s+[A-Z].*$")
_DIVIDER = re.compile(r"\s*[—–|·•⋅,/]\s*|\s+-\s+|\s{2,}")
_AROUND_DATE = re.compile(
    r"^(?:\W*(?:first |last |originally )?(?:published|posted|updated|publicad[oa]|actualizad[oa]|publi[ée]e?|ver[öo]ffentlicht|pubblicato|on|el|le|am|il)\b(?:\s+(?:on|el|le|am|il|at))?)?\W*",
    re.IGNORECASE,
)
# Section labels that appear next to a date, where names may be.
_SECTIONS = re.compile(
    r"\b(?:news|noticias|stories|story|local|world|national|politics|pol[íi]tica|business|sports?|deportes|opini[óo]n|culture|cultura|arts|health|science|technology|tech|lifestyle"
    r"|entertainment|education|econom[íi]a|economy|breaking|latest|featured|top|home|videos?|photos?|podcasts?|live|weather|edition|editorial|column|magazine|events?|calendar|press|release|report"
    r"|immigration|city|ciudad|mundo|sociedad|internacional|nacional|weekly|daily|series|archive|analysis|review|guide|blog|team|staff|inc|center|centro|university|street|school|county|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|min|read|edt|est|gmt|utc|the|this|your|our|how|why|what|new|all|in|at|of|for|to|with|from)\b",
    re.IGNORECASE,
)
_READING_TIME = re.compile(
    r"\b\d{1,3}(?:[–-]\d{1,3})?[\s-]?min(?:ute)?s?\b(?:\s+read)?\W*$|^\d{1,3}[\s-]?min(?:ute)?s?\s+read\b\W*"
    r"|\s(?:leave|post|add) a (?:comment|reply)\W*$|\W\s*(?:no|\d+) comments?\W*$",
    re.IGNORECASE,
)
_NAME_AND_DATE_CLASS = re.compile(r"author|byline|publish|(?:entry|post|article)[\w-]*meta|posted", re.IGNORECASE)
_LONG = 200  # characters: as long as a paragraph of the story
_IN_STORY = re.compile(r"^[^（(【]{0,40}([（(【](?:[本特全首见見]\S{0,4})?(?:记者|記者)[^）)】]{2,30}[）)】])")

_NEAR_TITLE = 4  # lines
_FEW_ROLES = 2
_HANDLE = re.compile(r"^(?:posted |written )?by ([^\W\d]\S{2,20})$", re.IGNORECASE)
_PROFILE = re.compile(r"/(?:@|authors?/|autor(?:e[ns]?|es)?/|profiles?/|people/|staff/|writers?/|contributors?/|by/)")
_AUTHOR_CLASS = re.compile(r"author|writer|by-?line|creator|(?:blog|post|article|entry)-?meta", re.IGNORECASE)
_OTHER_CLASS = re.compile(r"bio|related|comment|card|tags?\b|categor", re.IGNORECASE)
_ROLE = re.compile(
    r"^(?:(?:senior|staff|chief|tech|content|co-|contributing|freelance|deputy|political|guest)\s?)*"
    r"(?:writer|editor|reporter|correspondent|journalist|founder|contributor|columnist|author|autor(?:in|a)?|redakteur(?:in)?|redactora?|periodista|journaliste|giornalista)\b.{0,40}$",
    re.IGNORECASE,
)
_SAID_BELOW = re.compile(
    r"^(?:(?:this|the) (?:post|article|story|piece) (?:was|is) (?:originally )?written by|written by|article by|story by|words by|reporting by"
    r"|(?:about )?(?:the )?authors?\s*:|autor(?:in|a)?\s*:|escrito por|[ée]crit par|geschrieben von|scritto da|napisa[łl]a?)\s+(?=\S)",
    re.IGNORECASE,
)
_OF_SITE = re.compile(
    r"\b(?:guidelines|directory|resources|submissions?|(?:all|our|the|meet) (?:authors|writers|contributors))\b",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{3,}|[A-Z][a-z]+[A-Z][A-Za-z]*")
_ACCOUNT = re.compile(r"[a-z][a-z._-]*\d+")


def authors_of(
    page: Page, article: Node, lines: list[Line], site_names: tuple[str, ...], title: str
) -> tuple[str, ...]:
    """The authors from the first source that names any. The publisher counts only if nobody else is named, and so does
    the account that entered the story (`webdesk2`). A name of one word, such as `asmith`, counts if no full name is
    next to the headline, and so does an organisation in <meta>, often the company that made the site."""
    sources: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: declared_in_json(article, page.json_ld),
        lambda: declared_in_meta(page),
        lambda: _marked(page.tree),
        lambda: _beside_title(lines, title),
        lambda: _author_links(page.tree),
    )
    publisher: tuple[str, ...] = ()
    others = _others_than_people(site_names, article, page.json_ld)
    for source in sources:
        raw = list(source())
        found = clean_authors(raw, others)
        if found and not all(map(_ACCOUNT.fullmatch, found)):
            weak = all(map(_is_login, found)) or (source is sources[1] and all(map(is_organisation, found)))
            return (_full_names(page, lines, title, others) or found) if weak else found
        publisher = publisher or found or clean_authors(raw)
    return publisher


def _others_than_people(site_names: tuple[str, ...], article: Node, nodes: list[Node]) -> tuple[str, ...]:
    """The site's names except that of a publisher who is a person, as on a blog: such a one can be the author."""
    people = {
        text_of_value(publisher)
        for publisher in as_list(resolve(article.get("publisher"), nodes))
        if isinstance(publisher, dict) and "person" in types_of(publisher)
    }
    return tuple(name for name in site_names if name not in people) if people else site_names


def _is_login(name: str) -> bool:
    """Whether a declared name can be that of an account: one word in lower case, with a dot, or with capitals inside."""
    return _LOGIN.fullmatch(name) is not None and not is_agency(name)


def _full_names(page: Page, lines: list[Line], title: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The authors that the page shows in place of an account's name, if all are full names."""
    for source in (_marked(page.tree), _beside_title(lines, title)):
        found = clean_authors(source, others)
        if found and all(" " in name for name in found):
            return found
    return ()


def _marked(tree: HtmlElement) -> Iterator[str]:
    """Elements marked as the author's name by itemprop or rel."""
    found = False
    for element in _EXPLICIT(tree)[:20]:
        if is_elsewhere(element):
            continue
        inner = element.find(".//*[@itemprop='name']")
        holder = inner if inner is not None else element
        text = " ".join((holder.get("content") or " ".join(holder.itertext())).split())
        if 1 < len(text) < 100 and any(is_name(name) for name in split_names(text)):
            found = True
            yield text
        elif found:
            return


def _beside_title(lines: list[Line], title: str) -> Iterator[str]:
    """A line that starts with "By ...", is next to a date or is marked as byline: first near the title, then further
    down."""
    start = title_position(lines, title) or 0
    after = lines[start : start + 25]
    told = [index for index, line in enumerate(after) if len(line.text) >= _LONG]
    # After the story's first paragraphs a "By ..." belongs to something else, unless its element is marked.
    end = told[1] if len(told) > 1 else len(after)
    for index, line in enumerate(after):
        names = _names_of(line, marked=index >= end) or (_around(after, index) if index < end else [])
        if names and _is_marked(line.element):
            names += _also_marked(after, index)
        if not names and 0 < index <= _NEAR_TITLE:
            names = _below_title(lines, start + index)
        if names:
            yield from names
            return
    before = lines[max(0, start - 6) : start]
    for index in reversed(range(len(before))):
        names = _names_of(before[index]) or _around(before, index)
        if names:
            yield from names
            return
    for line in lines[start + 25 :]:
        if len(line.text) <= 80 and _is_marked(line.element) and not is_elsewhere(line.element):
            names = _names_of(line)
            if names:
                yield from names
                return
    yield from _below_text(lines, start)


def _also_marked(lines: Sequence[Line], at: int) -> list[str]:
    """The names in the elements directly after a marked one that are marked in the same way."""
    names: list[str] = []
    first = lines[at].element
    for line in lines[at + 1 : at + 10]:
        element = line.element
        if (
            element is first
            or element.tag != first.tag
            or element.get("class") != first.get("class")
            or not _is_marked(element)
        ):
            break
        names += _names_of(line)
    return names


def _below_title(lines: Sequence[Line], at: int) -> list[str]:
    """Names alone in a line below the headline, if a class, a job or a date next to them shows what they are; an
    account after "by" if it is one word."""
    line = lines[at]
    if len(line.text) > 80:
        return []
    handle = _HANDLE.match(line.text)
    if handle:
        return [handle[1]] if is_name(handle[1]) else []
    names = _names_alone(line.text)
    following = lines[at + 1].text if at + 1 < len(lines) else ""
    if not names or is_elsewhere(line.element):
        return []
    # On a team's page each name has a job below it.
    has_role = _ROLE.match(following) and sum(1 for other in lines if _ROLE.match(other.text)) <= _FEW_ROLES
    if has_role or (_is_called(line.element) and len(following) > len(line.text)):
        return names
    dated = any(_is_date(_READING_TIME.sub("", text)) for text in (following, lines[at - 1].text) if len(text) <= 70)
    told = dated and (_is_called(line.element) or _links_to_profile(line) or _is_introduced(lines[at + 1 :], names[0]))
    return names if told else []


def _links_to_profile(line: Line) -> bool:
    """Whether a line is only a link to an author's page."""
    link = line.nodes[0].getparent() if len(line.nodes) == 1 else None
    return link is not None and link.tag == "a" and _PROFILE.search(link.get("href") or "") is not None


def _is_called(element: HtmlElement) -> bool:
    """Whether an element or a box around it is named as that of an author, and not of a list of other stories."""
    for place in (element, *islice(element.iterancestors(), 2)):
        classes = place.get("class") or ""
        if _AUTHOR_CLASS.search(classes):
            return not _OTHER_CLASS.search(classes)
    return False


def _is_introduced(lines: Sequence[Line], name: str) -> bool:
    """Whether somebody is introduced below the story: "Ana is a reporter", "All articles by Ana Díaz"."""
    first = name.split(maxsplit=1)[0]
    for line in lines:
        text = line.text
        if (
            name in text
            and len(text) <= len(name) + 30
            and re.match(r"(?:all|more|about|other|view|written|by)\b", text, re.IGNORECASE)
        ):
            return True
        if text.startswith(first) and re.match(
            rf"{re.escape(first)}(?: \S+){{0,3}} (?:is|was|has|writes|covers|works|joined)\b", text
        ):
            return True
    return False


def _below_text(lines: Sequence[Line], start: int) -> list[str]:
    """The author named in a line below the text, if only one line does so: "Written by Ana Díaz"."""
    said: set[tuple[str, ...]] = set()
    for index in range(start, len(lines)):
        line = lines[index]
        if len(line.text) > 120:
            continue
        label = _SAID_BELOW.match(line.text)
        names = names_in_byline(line.text[label.end() :]) if label else []
        if not names and is_label(line.text) and index + 1 < len(lines) and line.text.casefold().strip(": ") != "by":
            names = _names_alone(lines[index + 1].text)
        if names and not is_elsewhere(line.element):
            said.add(tuple(names))
    return list(next(iter(said))) if len(said) == 1 else []


def _names_of(line: Line, *, marked: bool = False) -> list[str]:
    """The names in one line. `marked` requires an element marked as byline."""
    if len(line.text) > 150:
        opening = _IN_STORY.match(line.text[:80])
        return names_in_byline(opening[1].strip("（()）【】")) if opening else []
    is_marked = _is_marked(line.element)
    dated = any(map(str.isdigit, line.text))
    text = " ".join(" ".join(str(node) for node in line.nodes).split())
    says_by = is_marked or is_byline(line.text) or is_byline(text)  # "By" and the name in separate elements
    if not says_by and (marked or not dated):
        return []
    said = without_date(_READING_TIME.sub("", text)) if dated else text
    if (is_marked or ((says_by or is_byline(said)) and not marked)) and not _PHOTO_LINE.match(line.text):
        names = _in_elements(line.nodes) if is_marked else []
        return names or names_in_byline(said) or (_agency(said) if is_marked else [])
    if marked:
        return []
    return _beside_date(line.text) or (_names_alone(said) if _is_dated(line, said) else [])


def _in_elements(nodes: Sequence[Any]) -> list[str]:
    """The names in a byline of several elements, if each name is alone in one: place, job and buttons are in others."""
    texts = [" ".join(str(node).split()) for node in nodes]
    if len(texts) < 2:
        return []
    names: list[str] = []
    form = None
    for index, text in enumerate(texts):
        found = names_in_byline(text) if len(text) <= 60 else []
        if len(found) != 1 or not text.removesuffix(",").endswith(found[0]) or _SECTIONS.search(found[0]):
            continue
        if _is_first_name(texts[index - 1] if index else ""):
            return []  # given and family name in elements of their own
        holder = nodes[index].getparent()
        own = (holder.tag, holder.get("class"), nodes[index].is_tail)
        form = form or own
        if own == form:  # a job or a place has another form
            names += found
    return names


def _is_first_name(text: str) -> bool:
    return text.isalpha() and text.istitle() and not is_label(text)


def _agency(text: str) -> list[str]:
    names = split_names(text)
    return names if len(names) == 1 and is_agency(names[0]) else []


def _is_dated(line: Line, said: str) -> bool:
    """Whether a line consists of names directly followed by a date, in an element marked as holding such."""
    places = [line.element, line.element.getparent()]
    names = " ".join(f"{place.get('class') or ''}" for place in places if place is not None)
    return len(said) < len(" ".join(line.text.split())) - 8 and _NAME_AND_DATE_CLASS.search(names) is not None


def _around(lines: Sequence[Line], index: int) -> list[str]:
    """The name below a label line ("Author:"), or above or below a date in the same element."""
    line = lines[index]
    following = lines[index + 1] if index + 1 < len(lines) else None
    if following is None or len(following.text) > 80 or len(line.text) > 80:
        return []
    if is_label(line.text):
        return _names_alone(following.text)
    if line.element is not following.element and not _stand_alone(line.element, following.element):
        return []
    if _is_date(line.text):
        return _names_alone(_IN_SECTION.sub("", following.text))
    return _names_alone(line.text) if _is_date(following.text) else []


def _stand_alone(one: HtmlElement, other: HtmlElement) -> bool:
    """Whether the common parent of two lines holds nothing else."""
    parent = one.getparent()
    return (
        parent is not None
        and parent is other.getparent()
        and len(parent) <= 3
        and parent.tag not in ("body", "ul", "ol")
    )


def _beside_date(text: str) -> list[str]:
    """`Ana Díaz — 11/02/2016 - 09:30` and `May 3, 2024 | Ana Díaz and Luis Peña`: the names."""
    if not 12 <= len(text) <= 120 or not any(char.isdigit() for char in text):
        return []
    for divider in islice(_DIVIDER.finditer(text), 12):
        left, right = text[: divider.start()], text[divider.end() :]
        if _is_date(right):
            return _names_alone(left)
        if _is_date(left):
            # A time may follow, with a dash of its own: the longest date counts.
            rest = _names_alone(_IN_SECTION.sub("", right))
            if rest:
                return rest
    return []


def _is_date(text: str) -> bool:
    return len(text) <= 70 and is_date_line(_AROUND_DATE.sub("", text))


def _names_alone(text: str) -> list[str]:
    """Names, if a text contains nothing else: no section, place, credit or sentence."""
    if len(text) > 80 or _PHOTO_LINE.match(text) or _SECTIONS.search(text):
        return []
    names = names_in_byline(text)
    letters = sum(map(str.isalpha, text))
    return names if names and sum(char.isalpha() for name in names for char in name) >= letters * 0.7 else []


def _author_links(tree: HtmlElement) -> Iterator[str]:
    links = (element for element in tree.iter("a") if _AUTHOR_PAGE.search(element.get("href") or ""))
    for element in islice(links, 30):
        text = " ".join("".join(element.itertext()).split())
        is_page = _OF_SITE.search(text) is not None or is_elsewhere(element)
        names = names_in_byline(text) if 3 < len(text) < 60 and not is_page else []
        if names:
            yield from names
            return


def _is_marked(element: HtmlElement) -> bool:
    for member in (element, element.getparent()):
        if member is None:
            continue
        classes = member.get("class") or ""
        if _BYLINE_CLASS.search(classes) and not _NOT_BYLINE.search(classes):
            return True
    return False
