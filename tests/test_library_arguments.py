"""Arguments of the library: wrong types, unknown values and syntax errors are refused when a method is called."""

from datetime import datetime

import pytest

from archiver import Archive
from archiver.errors import QueryError, UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.model import Batch
from index_samples import article, seen

STORIES = {
    "harbour": {"text": "The ferry left the harbour with the band aboard.", "section": "Sports", "tags": ("boats",)},
    "ferry": {"text": "A new ferry, and an old pilot.", "authors": ("Ida Lund",)},
    "tolls": {"text": "Tolls rise on the bridge."},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    (folder / "warc").mkdir()
    items = []
    for number, (slug, values) in enumerate(STORIES.items(), 1):
        url = f"https://news.test/{slug}"
        items.append(
            seen(number, number, url=url, outcome=article(url, language="en", date_published="2026-04-30", **values))
        )
    with open_writer(folder / "index.db") as db:
        apply(db, Batch("a.warc.gz", 9, tuple(items)))
    return folder


@pytest.fixture
def archive(folder):
    with Archive(folder) as archive:
        yield archive


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"site": "news.tst"}, r"no site named 'news.tst' in .*: did you mean 'news.test'"),
        ({"lang": "english"}, "no story is in the language 'english': known languages: en"),
        ({"language": "xx"}, "known languages: en"),
        ({"section": " "}, "section is empty"),
    ],
)
def test_an_unknown_site_or_language_is_refused_and_not_counted_as_zero(archive, tmp_path, filters, told):
    for ask in (archive.count, archive.search, archive.concordance, archive.articles, archive.trends):
        with pytest.raises(UsageError, match=told):
            ask("ferry", **filters)
    with pytest.raises(UsageError, match=told):
        archive.export(tmp_path / "typo.csv", "ferry", **filters)
    assert not any(tmp_path.iterdir())


def test_an_unknown_site_in_the_text_of_a_query_is_refused(archive):
    with pytest.raises(UsageError, match="no site named 'nws'"):
        archive.count("ferry site:nws")


@pytest.mark.parametrize("filters", [{"section": "Sprots"}, {"author": "nobody"}, {"tag": "nothing"}])
def test_a_section_author_or_tag_that_no_story_has_gives_a_warning(archive, filters):
    ((name, value),) = filters.items()
    with pytest.warns(UserWarning, match=f"no story in the archive has the {name} '{value}'"):
        assert archive.count("ferry", **filters) == 0


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"collapse": "no"}, "collapse can't be 'no': it takes True or False"),
        ({"edited": "false"}, "edited can't be 'false': it takes True or False"),
        ({"stem": 1}, "stem can't be 1: it takes True or False"),
        ({"sample": 0}, "sample can't be 0: it takes an integer of at least 1"),
        ({"sample": "3"}, "sample can't be '3': it takes an integer of at least 1"),
        ({"sample": True}, "sample can't be True"),
        ({"seed": 1.5}, "seed can't be 1.5: it takes an integer"),
        ({"limit": -1}, "limit can't be -1: it takes an integer of at least 0"),
        ({"site": ["news.test"]}, "site can't be .*: it takes text"),
        ({"since": 2026.5}, "since can't be 2026.5: it takes a date"),
        ({"word_list": ["ferry", 3]}, "word_list can't be .*: it takes a list of words"),
        ({"word_list": 3}, "word_list can't be 3: it takes a list of words"),
        ({"word_list": "words60.txt"}, "words60.txt can't be read"),
        ({"ids": "12"}, "ids can't be '12': it takes a list of story IDs"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_names_the_argument(archive, filters, told):
    with pytest.raises(UsageError, match=told):
        archive.count("ferry", **filters)


def test_none_stands_for_the_default(archive):
    assert archive.count("ferry", site=None, stem=None, sample=None, seed=None, since=None, word_list=None) == 2


def test_a_time_as_since_is_its_day(archive):
    assert archive.count(since=datetime(2026, 4, 30, 23)) == 3


def test_the_name_of_a_word_list_is_read_as_a_file_and_not_letter_by_letter(archive, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("pilot\nband*\n", encoding="utf-8")
    assert archive.count(word_list=path) == archive.count(word_list=str(path)) == 2
    assert archive.count(word_list=iter(["pilot"])) == 1
    path.write_text("pilot\n# ships\nferry,boat\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="line"):
        assert archive.count(word_list=path) == 1


def test_a_syntax_error_is_raised_by_the_call_and_not_by_the_first_result(archive):
    for ask in (archive.search, archive.concordance, archive.articles):
        with pytest.raises(QueryError, match="AND"):
            ask("ferry AND")
    with pytest.raises(UsageError, match="exact and stem"):
        archive.search("ferry", exact=True, stem=True)
    with pytest.raises(UsageError, match="needs a word"):
        archive.concordance("")
