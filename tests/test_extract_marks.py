"""Vowel signs and points are part of a word, at its end too: names, titles and tags are stored whole. Python's
`\\w` does not match them."""

import unicodedata
from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.extract.authors import clean_authors, names_in_byline
from archiver.extract.titles import key_of
from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.withheld_records import occurs_elsewhere
from archiver.model import Article, Batch
from index_samples import article, seen

NAMES = {
    "devanagari": "मीरा शर्मा",
    "bengali": "সুমিতা দে",
    "gurmukhi": "ਅਮਰ ਬੇਦੀ",
    "gujarati": "નીતા ગાંધી",
    "odia": "ସୀତା ଦେବୀ",
    "tamil": "கவிதா குமார்",
    "telugu": "లత రాజు",
    "kannada": "ಗೀತಾ ಹೆಗಡೆ",
    "malayalam": "ശ്രീ രജിത്",
    "malayalam with a joiner": "ശ്രീ മോഹന\u0d4d\u200d",
    "sinhala": "නිමල් ද සිල්වා",
    "thai": "สมชาย ใจดี",
    "lao": "ສົມພອນ ແກ້ວມະນີ",
    "burmese": "မောင် လှိုင်",
    "khmer": "សុខ ដារា",
    "arabic with points": "سَمِيرٌ مُحَمَّدٌ",
    "hebrew with points": "דָּוִד לֵוִי בָּרָא שְׁמוֹ",
    "latin, decomposed": unicodedata.normalize("NFD", "Jean Doré"),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_authors_name_keeps_the_sign_at_its_end(name):
    assert clean_authors([name]) == (name,)
    assert clean_authors([f"By {name}, Reporter", f"“{name}”."]) == (name,)
    assert clean_authors([f"Reporter {name}"]) == (name,)
    assert clean_authors([f"{name} Reuters"]) == (name,)


def test_a_picture_with_a_mark_is_no_part_of_a_name_or_of_a_title():
    assert clean_authors(["Ana Díaz ✍\ufe0f", "✍\ufe0f Luis Peña"]) == ("Ana Díaz", "Luis Peña")
    assert key_of("The final ⚽\ufe0f") == key_of("The final ⚽") == key_of("The final")


def test_names_that_differ_only_in_vowel_signs_are_two_authors():
    assert clean_authors(["राम", "रमा"]) == ("राम", "रमा")


def test_the_two_normal_forms_of_a_name_are_one_author():
    forms = [unicodedata.normalize(form, "José Peña") for form in ("NFC", "NFD")]
    assert clean_authors(forms) == (forms[0],)


def test_a_handle_is_removed_with_its_vowel_signs():
    assert clean_authors(["Ana Díaz @मीरा"]) == ("Ana Díaz",)


def test_a_byline_keeps_the_sign_at_the_end_of_a_name():
    assert names_in_byline("By मीरा शर्मा in Delhi") == ["मीरा शर्मा"]


def test_titles_that_differ_only_in_vowel_signs_are_two_titles():
    assert key_of("राम") != key_of("रमा")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_declared_texts_keep_the_sign_at_their_end(name):
    text = f"<p>{(name + ' ') * 12}</p>"
    head = "".join(
        f'<meta {key} content="{name}">'
        for key in ('property="article:tag"', 'property="article:section"', 'property="og:site_name"', 'name="author"')
    )
    title = f"{name} {name}"
    page = f"<title>{title}</title>{head}<article><h1>{title}</h1>{text * 4}</article>"
    url, now = "https://lantern.example/2024/a-story", datetime(2024, 6, 1, tzinfo=UTC)
    found = extract(page.encode(), url, now, expect_story=True)
    assert isinstance(found, Article), found
    assert (found.title, found.authors, found.tags, found.section) == (title, (name,), (name,), name)
    assert found.blocks[0].text.endswith(name)


@pytest.mark.parametrize("sentence", ["मीरा शर्मा ने कहा कि गांधी जी आए।", "สมชายพูดว่าใจดีมาก", "市长说明天不下雨。"])
def test_erasing_a_story_sees_that_another_one_has_its_sentence(tmp_path, sentence):
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, (seen(1, outcome=article(text=f"{sentence}\n\nThe end.")),)))
        assert occurs_elsewhere(db, sentence)
        assert not occurs_elsewhere(db, sentence[:-6] + "x")
