"""Values of filters that no story has: probably a mistake, which must not look like an empty result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archiver.errors import UsageError, did_you_mean, unknown_site
from archiver.index.read import story_reader
from archiver.index.schema.connection import Index
from archiver.index.search.hits import iter_ids
from archiver.index.search.known_values import unknown_values
from archiver.index.search.selection import SearchQuery, fields_of
from archiver.index.search.syntax import written
from archiver.printable import plain

_TEXTS = ("site", "language", "section", "author", "tag", "regex")
_NOTED = ("section", "author", "tag")  # a story that has it may be added later
_MOST = 20  # fields of a query that are looked up


def check_filters(
    db: Index,
    queries: Iterable[SearchQuery],
    where: str,
    more_sites: Callable[[], Iterable[str]] = tuple,
    prefix: str = "",
) -> None:
    """Raises UsageError for an empty value (a script's unset variable), and for a site or language that the archive
    called `where` doesn't have: as a filter, or in the text if nothing can match because of it. `more_sites` returns
    sites that are known otherwise; it is only called for one that the archive doesn't have. `prefix` goes before the
    name of an empty filter: `--`.
    """
    for query in queries:
        for name in _TEXTS:
            if (given := getattr(query, name)) is not None and not given.strip():
                option = "lang" if name == "language" else name
                raise UsageError(f"{prefix}{option} is empty", "give it a value, or omit it")
        sites, languages = story_reader.site_names(db), story_reader.languages(db)
        for unknown in unknown_values(query, sites, languages):
            if not unknown.decides:
                continue
            if unknown.what == "site":
                require_site(db, unknown.value, where, more_sites)
            else:
                raise UsageError(
                    f"no story is in the language {plain(unknown.value)!r}", f"known languages: {', '.join(languages)}"
                )


def require_site(db: Index, name: str, where: str, more_sites: Callable[[], Iterable[str]] = tuple) -> None:
    """Raises UsageError, with the known names, for a site that neither the archive nor `more_sites` has."""
    known = story_reader.site_names(db)
    if name in known:
        return
    known = sorted({*known, *more_sites()})
    if name not in known:
        meant = story_reader.site_at(db, name)
        hint = f"the stories at this host belong to the site {meant!r}" if meant else ""
        raise unknown_site(name, known, f" in {where}", hint)


def without_story(db: Index, query: SearchQuery) -> Iterator[str]:
    """A note for each section, author and tag, in the filters or the text, that no story of the archive has, and for
    each site or language that is one of several alternatives in the text."""
    for name in _NOTED:
        value = getattr(query, name)
        if value is not None and next(iter_ids(db, SearchQuery(**{name: value})), None) is None:
            yield f"no story in the archive has the {name} {plain(value)!r}"
    for field in [field for field in dict.fromkeys(fields_of(query)) if field.name in _NOTED][:_MOST]:
        if next(iter_ids(db, SearchQuery(written(field))), None) is None:
            yield f"no story in the archive has the {field.name} {plain(field.value)!r}"
    known = {"site": story_reader.site_names(db), "language": story_reader.languages(db)}
    for unknown in unknown_values(query, known["site"], known["language"]):
        if not unknown.decides:
            guess = did_you_mean(unknown.value, known[unknown.what])
            more = f" ({guess})" if guess else ""
            yield f"no story in the archive has the {unknown.what} {plain(unknown.value)!r}{more}"
