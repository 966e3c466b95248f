"""Signs in queries: quotation marks of all languages, full-width forms, invisible characters, syntax of other
programs."""

import asyncio
import json
import re
import unicodedata

import pytest

from archiver import Archive
from archiver.errors import QueryError, UsageError
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read import story_reader
from archiver.index.search import regexes
from archiver.index.search.hits import count, search
from archiver.index.search.parsing import parse
from archiver.index.search.selection import SearchQuery
from archiver.index.search.word_list import word_list
from archiver.model import Batch
from index_samples import article, seen

STORIES = {
    "pilot": {"title": "Pilot", "text": "The harbour pilot’s boat left early. The board paid 1,000 crowns.",
              "authors": ("Siobhán O’Neill", "Anne-Marie Dahl"), "section": "Women’s Sports",
              "tags": ("Rock ‘n’ Roll",)},
    "board": {"title": "Board", "text": "A pilot of the harbour is on the board.", "authors": ("Anne Marie Lund",)},
    "vessel": {"title": "Судно", "text": "Об\u02bcєкт на п’ятому причалі.", "language": "uk"},
    "yacht": {"title": "遊艇", "text": "新港的遊艇與渡船（快船）停航。", "language": "zh"},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("signs")


@pytest.fixture(scope="module")
def port(folder):
    with open_writer(folder / "index.db", throwaway=True) as db:
        items = [
            seen(
                number,
                url=f"https://port.test/2026/{slug}",
                outcome=article(f"https://port.test/2026/{slug}", **values),
            )
            for number, (slug, values) in enumerate(STORIES.items())
        ]
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def found(db, text, **values):
    slugs = sorted(hit.url.rsplit("/", 1)[1] for hit in search(db, SearchQuery(text, limit=None, **values)))
    assert count(db, SearchQuery(text, **values)) == len(slugs)
    return slugs


@pytest.mark.parametrize(
    "marks", ["“”", "„“", "””", "«»", "»«", "‹›", "›‹", "‟”", "〝〞", "〝〟", "＂＂", "❝❞", "「」", "『』"]
)
def test_words_in_any_quotation_marks_are_a_phrase(port, marks):
    """Of ‹ ›, ＂ ＂, 「 」 and others the words were found in any order."""
    assert found(port, f"{marks[0]}harbour pilot{marks[1]}") == ["pilot"]
    assert found(port, f"{marks[0]}pilot harbour{marks[1]}") == []
    assert found(port, f"board NOT {marks[0]}harbour pilot{marks[1]}") == ["board"]


def test_corner_brackets_inside_a_sentence_are_punctuation(port):
    assert found(port, "遊艇「與」渡船") == ["yacht"] and parse("遊艇「與」渡船").notes == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("（pilot OR 遊艇） AND board", ["board", "pilot"]),  # was: pilot OR (遊艇 AND board)
        ("遊艇 OR （board　NOT　crowns）", ["board", "yacht"]),
        ("title：遊艇", ["yacht"]),
        ("遊＊", ["yacht"]),
        ("pilot ＮＯＴ crowns", ["board"]),
        ("NEAR（pilot harbour， ２）", ["board", "pilot"]),
        ("＂harbour pilot＂～０", ["pilot"]),
    ],
)
def test_full_width_signs_are_equal_to_plain_ones(port, text, expected):
    assert found(port, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "pilot NOT\u200e crowns",
        "pilot \u200fNOT crowns",
        "\ufeffpilot NOT crowns",
        "pilot\u200b NOT \u2068crowns\u2069",
        "\u202apilot\u202c AND (\u200eboard NOT crowns\u200f)",
    ],
)
def test_invisible_characters_of_copied_text_hide_no_operator(port, text):
    """NOT beside a mark of writing direction was the word "not"."""
    assert found(port, text) == ["board"]


@pytest.mark.parametrize("query", ["об'єкт", "об’єкт", "обʼєкт", "пʼятому", "п'ятому"])
def test_an_apostrophe_is_found_however_it_is_written(port, query):
    """The letter U+02BC, which Ukrainian keyboards have, joined two words that ’ parts."""
    assert found(port, query) == ["vessel"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("author:o'neill", ["pilot"]),
        ('author:"siobhan oʼneill"', ["pilot"]),
        ('author:"anne marie"', ["board", "pilot"]),
        ('author:"marie lu"*', ["board"]),
        ("author:anne-mar*", ["board", "pilot"]),
        ("author:neil", []),
        ('author:"dahl anne"', []),
        ('author:"..."', []),
        ('section:"women\'s sports"', ["pilot"]),
        ("tag:\"rock 'n' roll\"", ["pilot"]),
    ],
)
def test_names_are_found_with_any_apostrophe_and_hyphen(port, text, expected):
    """author:o'neill didn't find O’Neill, nor "anne marie" Anne-Marie."""
    assert found(port, text) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"author": "o'neill"}, 1),
        ({"author": "anne marie"}, 2),
        ({"author": '"Anne-Marie Dahl"'}, 1),
        ({"author": '"Anne‑Marie Dahl"'}, 1),
        ({"author": '"Anne"'}, 0),
        ({"section": "WOMEN'S SPORTS"}, 1),
        ({"tag": "Rock 'n' Roll"}, 1),
    ],
)
def test_options_compare_names_as_the_fields_do(port, values, expected):
    assert count(port, SearchQuery(**values)) == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('pilot ""', "'\"\"' has no letter or digit and is ignored"),
        ('pilot " "', "'\" \"' has no letter or digit and is ignored"),
        ("pilot *", "'*' has no letter or digit and is ignored"),
        ("pilot || board", "'||' has no letter or digit and is ignored: write OR"),
        ("pilot && board", "'&&' has no letter or digit and is ignored: write AND"),
        ("pilot|board", "the | of 'pilot|board' is no operator: write OR"),
        ("pilot~2", "the ~2 of 'pilot~2' is no operator: words are found as written, or in all forms with --stem"),
        ("pilot^2", "the ^2 of 'pilot^2' is no operator: words are found as written, or in all forms with --stem"),
        ("p?lot", "the ? of 'p?lot' is no wildcard: there is only * at the end of a word"),
        ("'harbour pilot'", 'single quotes make no phrase: write "harbour pilot"'),
        ("‘harbour pilot’ OR board", 'single quotes make no phrase: write "harbour pilot"'),
        ("[2023 TO 2024]", "'[2023 TO 2024]' is no range: a period is written date:2023..2024"),
        ("since:2024", "since: is not a field (write date:2024..)"),
        ("headline:pilot", "headline: is not a field (write title:WORD)"),
        ("NEAR(harbour pilot board 5)", "the 5 in NEAR is a word: a distance follows a comma"),
    ],
)
def test_syntax_of_other_programs_is_reported(text, note):
    assert note in parse(text).notes


@pytest.mark.parametrize(
    "text", ["rock 'n' roll", "the pilot's 'boat'", "who? me", "https://port.test/a?b=c", "10~20", "x"]
)
def test_signs_of_ordinary_text_are_not_reported(text):
    assert parse(text).notes == ()


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("NEAR(board 1,000)", 12, "1,000 can be a number or a distance"),
        ('board OR ""', 9, "'\"\"' has no letter or digit"),
        ("board OR *", 9, "'*' has no letter or digit"),
        ("board AND since:2024", 10, "since: is not a field: write date:2024..; to search for it as words"),
    ],
)
def test_ambiguous_queries_are_refused(text, position, message):
    with pytest.raises(QueryError, match=re.escape(message)) as raised:
        parse(text)
    assert raised.value.position == position


def test_a_number_with_a_comma_can_stand_in_near_in_quotes(port):
    assert found(port, 'NEAR(board "1,000", 3)') == ["pilot"] and found(port, "NEAR(paid crowns, 2)") == ["pilot"]


# Word lists, regular expressions, sites


def test_a_comment_in_a_word_list_is_reported():
    data = "\ufeff# ships and boats\r\n\r\npilot\n  \n#boats\n; old names\nyacht*\n".encode()
    entries, notes = word_list("ships.txt", data)
    assert entries == ("# ships and boats", "pilot", "#boats", "; old names", "yacht*")
    where = "line 1 '# ships and boats', line 6 '; old names'"
    assert notes == [f"ships.txt: a list has no comments; searched as words: {where}"]


def test_a_comma_in_a_word_list_is_reported():
    entries, notes = word_list("ships.csv", b"pilot\nferry,boat\n# a, b\n")
    assert entries == ("pilot", "ferry,boat", "# a, b")
    assert "ships.csv: a comma separates nothing; searched as one phrase: line 2 'ferry,boat'" in notes


@pytest.mark.slow
def test_five_thousand_words_with_blanks_are_all_searched(port):
    lines = "\n\n".join([*(f"word{number}" for number in range(5000)), "遊艇", "crown*"])
    entries, notes = word_list("words.txt", lines.encode())
    assert found(port, "", word_list=entries) == ["pilot", "yacht"] and not notes


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        (r"\p{Han}{3}", ["yacht"]),
        (r"\p{Cyrillic}+ на", ["vessel"]),
        (r"(?i)ПРИЧАЛІ", ["vessel"]),
        (r"[\p{L}’]{7,} boat", ["pilot"]),
        (r"\p{Nd},\p{Nd}", ["pilot"]),
        (r"\w’s", ["pilot"]),
    ],
)
def test_regular_expressions_support_unicode_classes(port, regex, expected):
    assert found(port, "", regex=regex) == expected


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", ["NFC", "NFD"])
def test_a_regular_expression_matches_composed_and_decomposed_accents(form, text):
    pattern, read = unicodedata.normalize(form, "^Crème br.lée$"), unicodedata.normalize(text, "Crème brûlée")
    assert regexes._matches(pattern, None, "", read) and not regexes._matches(pattern, "Creme brulee")


@pytest.mark.parametrize(
    ("host", "site"),
    [("www.port.test", "port.test"), ("https://port.test/x", "port.test"), ("test", None), ("old.port.test", None),
     ("port", None), ("", None), ("a b", None), ("[", None)],
)  # fmt: skip
def test_the_host_of_a_site_is_accepted_as_its_name(port, host, site):
    assert story_reader.site_at(port, host) == site


def test_programs_get_notes_on_ignored_parts_of_a_query(port, folder):
    """They got the number of stories alone, as if nothing had been ignored."""
    with Archive(folder) as archive:
        assert archive.notes("pilot") == [] and archive.notes(site="port.test", lang="uk") == []
        assert archive.notes("pilot|board lang:xx") == [
            "the | of 'pilot|board' is no operator: write OR",
            "no story has the language 'xx'",
        ]
        assert archive.notes(site="harbor.test") == ["no story has the site 'harbor.test'"]


@pytest.mark.slow
def test_an_assistant_gets_notes_on_ignored_parts_of_a_query(port, folder):
    assistant = pytest.importorskip("archiver.assistant")
    answers = [
        asyncio.run(assistant.server(folder).call_tool("search", {"query": query})) for query in ("(pilot", "pilot")
    ]
    told = [json.loads(answer.content[0].text) for answer in answers]
    assert told[0]["notes"] == ["brackets are ignored without AND, OR or NOT"] and told[0]["total"] == 2
    assert "notes" not in told[1]


@pytest.mark.parametrize(
    ("query", "words"),
    [("pilot or yacht", ["or"]), ('"the board" and "the crown" not yacht', ["and", "not"]), ("pilot OR yacht", []),
     ('"trial and error"', []), ("and pilot", []), ("and/or pilot", []), ("pilot or", []), ("pilot oder nota", [])],
)  # fmt: skip
def test_an_operator_in_lower_case_between_words_is_reported(query, words):
    told = [note for note in parse(query).notes if "is no operator" in note]
    assert told == [f"{word!r} is no operator: write {word.upper()}" for word in words]


@pytest.mark.parametrize(
    ("query", "count", "notes"),
    [
        ("lang:(uk OR fr)", 1, ["no story in the archive has the language 'fr'"]),
        ("pilot NOT site:prt.test", 2, ["no story in the archive has the site 'prt.test' (did you mean 'port.test'?)"]),
        ("author:Ruizz", 0, ["no story in the archive has the author 'Ruizz'"]),
        ("pilot section:nope", 0, ["no story in the archive has the section 'nope'"]),
        ("tag:nope", 0, ["no story in the archive has the tag 'nope'"]),
    ],
)
def test_a_query_with_a_value_that_no_story_has_is_repeatable_on_a_smaller_archive(port, folder, query, count, notes):
    """`lang:(es OR fr)` ended with exit code 2 where no story was in French, and `author:ruizz` found 0 in silence."""
    with Archive(folder) as archive:
        assert archive.notes(query) == notes
        with pytest.warns(UserWarning, match=re.escape(notes[0])):
            assert archive.count(query) == count


@pytest.mark.parametrize("query", ["pilot site:nope", "lang:xx", "(site:nope AND pilot) OR lang:xx"])
def test_an_unknown_site_or_language_that_leaves_nothing_to_find_is_an_error(port, folder, query):
    with Archive(folder) as archive, pytest.raises(UsageError, match=r"nope|xx"):
        archive.count(query)
