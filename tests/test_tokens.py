"""Words in every script: equal in FTS5 and in our own code, found inside a sentence, folded by the documented rules."""

import itertools
import sqlite3
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import tokens
from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.hits import count, search
from archiver.index.search.selection import SearchQuery
from archiver.model import Batch
from index_samples import article, seen


@pytest.fixture(scope="module")
def fts():
    connection = sqlite3.connect(":memory:")
    connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{tokens.TOKENIZER}")')
    connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab(t, 'instance')")

    def words(text):
        connection.execute("DELETE FROM t")
        connection.execute("INSERT INTO t VALUES (?)", (text,))
        return [row[0] for row in connection.execute("SELECT term FROM words ORDER BY offset")]

    return words


def test_simple_texts_have_the_same_words_in_fts5(fts):
    for code in range(1, 0x2100):
        char = chr(code)
        if tokens.is_simple(char):
            assert fts(f"a{char}b") == tokens.folded_words(f"a{char}b"), hex(code)


# Scripts whose letters are the same in FTS5's tables (Unicode 6.1) and ours.
_LETTERS = "aZéñßłøıİﬁÆ09 .-'_\u0301\u00adабвйёїΑάς אבגשּׁ ابتَةىأ कखिी्ँं़ กขุี่ำ ກຂຸ ខ្មែ မြန် 東京カキｶﾞ서울 ＡＢ٣३"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=_LETTERS, max_size=40))
def test_fts5_has_the_same_words_as_our_tokeniser(fts, text):
    assert fts(tokens.searchable(text)) == tokens.folded_words(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_tokens_have_their_stated_positions(text):
    found = list(tokens.tokens(text))
    assert [token.folded for token in found] == tokens.folded_words(text)
    assert all(tokens.fold(text[token.start : token.end]) == token.folded for token in found)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))


def test_the_marks_are_those_of_unicode():
    listed = set()
    pieces = tokens.MARKS
    for place, char in enumerate(pieces):
        if char == "-":
            listed.update(range(ord(pieces[place - 1]), ord(pieces[place + 1]) + 1))
        else:
            listed.add(ord(char))
    missing = [
        hex(code)
        for code in range(0x300, min(0xFFFF, sys.maxunicode))
        if unicodedata.category(chr(code))[0] == "M" and code not in listed and unicodedata.unidata_version <= "14.0.0"
    ]
    assert not missing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"), ("Łódź", "lodz"), ("København", "kobenhavn"), ("ısı", "isi"), ("İstanbul", "istanbul"),
        ("ﬁnal", "final"), ("año", "ano"), ("Ærø", "aero"), ("Đorđe", "dorde"), ("Þór", "thor"), ("ﻻ", "لا"),
        ("Ｔｏｋｙｏ", "tokyo"), ("ｶﾞｽ", "ガス"), ("Αθήνα", "ΑΘΗΝΑ"), ("Ёлка", "елка"), ("ΟΔΟΣ", "οδός"),
        ("كِتَاب", "كتاب"), ("أحمد", "احمد"), ("کتاب", "كتاب"), ("عـــربي", "عربي"), ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"), ("क़लम", "कलम"), ("हँसना", "हंसना"), ("co\u00adoperate", "cooperate"),
        ("cafe\u0301", "café"), ("٢٠٢٤", "2024"), ("२०२४", "2024"),
    ],
)  # fmt: skip
def test_words_that_match_each_other(one, other):
    assert tokens.folded_words(one) == tokens.folded_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("й", "и"), ("कि", "की"), ("कल", "काल"), ("ไม่", "ไม้"), ("が", "か"), ("ঢাকা", "ঢাক"), ("மலை", "மழை")],
)
def test_words_that_do_not_match(one, other):
    assert tokens.folded_words(one) != tokens.folded_words(other)


# language, sentence, words in it, words that must not be found. docs/search.md has this table; a test compares them.
SCRIPTS = [
    ("zh", "北京市政府昨天宣布新的交通规划。", ("政府", "交通规划", "北京"), ("京北", "规划通")),
    ("ja", "東京都知事がオリンピックの計画を発表した。", ("都知事", "オリンピック", "計画"), ("ピンク", "京東")),
    ("ko", "서울에서 대통령이 새로운 정책을 발표했다.", ("서울", "대통령", "정책"), ("통대령",)),
    ("th", "นายกรัฐมนตรีประกาศแผนการคมนาคมใหม่ในกรุงเทพมหานคร", ("รัฐมนตรี", "คมนาคม", "กรุงเทพ"), ("กรงเทพ",)),
    ("lo", "ລັດຖະບານລາວປະກາດແຜນການໃໝ່", ("ລັດຖະບານ", "ແຜນການ"), ("ລດຖະບານ",)),
    ("km", "រដ្ឋាភិបាលកម្ពុជាប្រកាសផែនការថ្មី", ("កម្ពុជា", "ផែនការ"), ("កពុជា",)),
    ("my", "မြန်မာအစိုးရက စီမံကိန်းသစ်ကို ကြေညာခဲ့သည်။", ("အစိုးရ", "စီမံကိန်း"), ("အစးရ",)),
    ("hi", "सरकार ने नई परिवहन योजना की घोषणा की।", ("योजना", "परिवहन"), ("योजन", "सरकर")),
    ("bn", "সরকার নতুন পরিবহন পরিকল্পনা ঘোষণা করেছে।", ("পরিকল্পনা", "সরকার"), ("পরকল্পনা",)),
    ("ta", "அரசு புதிய போக்குவரத்து திட்டத்தை அறிவித்தது.", ("புதிய", "போக்குவரத்து"), ("புதய",)),
    ("ar", "أعلنت الحُكُومَة خطة النقل الجديدة.", ("الحكومة", "اعلنت", "خطه"), ("حكوم",)),
    ("fa", "دولت برنامه‌های تازه را اعلام می‌کند.", ("برنامه", "دولت"), ("رنامه",)),
    ("he", "הממשלה הודיעה על תָּכְנִית תחבורה חדשה.", ("תכנית", "הממשלה"), ("ממשל",)),
    ("tr", "İstanbul Belediyesi ısınma planını açıkladı.", ("istanbul", "ISINMA", "planini"), ("stanbul",)),
    ("de", "Die Straße zum Fluß bleibt gesperrt.", ("Strasse", "fluss", "straße"), ("stras",)),
    ("pl", "Władze Łodzi ogłosiły plan.", ("lodzi", "wladze"), ("odzi",)),
    ("ru", "Ёлка на Красной площади зажглась.", ("елка", "площади"), ("площад",)),
    ("el", "Η κυβέρνηση της Αθήνας ανακοίνωσε σχέδιο.", ("κυβερνηση", "ΑΘΗΝΑΣ"), ("αθηνα",)),
    ("vi", "Chính phủ công bố kế hoạch đường sắt.", ("chinh phu", "duong", "kế hoạch"), ("phuc",)),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("scripts") / "index.db", throwaway=True) as db:
        items = []
        for number, (language, text, _, _) in enumerate(SCRIPTS):
            url = f"https://news.test/{language}"
            items.append(seen(number, url=url, outcome=article(url, title="x", text=text, language=language)))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        assert check(db) == []
        yield db


@pytest.mark.parametrize(("language", "text", "inside", "absent"), SCRIPTS, ids=[row[0] for row in SCRIPTS])
def test_any_word_inside_a_sentence_is_found_and_marked(scripts, language, text, inside, absent):
    for word in inside:
        for stem in (False, True):
            hits = search(scripts, SearchQuery(f'"{word}"', stem=stem))
            assert f"https://news.test/{language}" in [hit.url for hit in hits], word
        (hit,) = [hit for hit in search(scripts, SearchQuery(word)) if hit.url.endswith(f"/{language}")]
        marked = [piece.split("\ue001")[0] for piece in hit.snippet.split("\ue000")[1:]]
        assert tokens.folded_words(" ".join(marked)) == tokens.folded_words(word)
        assert hit.snippet.replace("\ue000", "").replace("\ue001", "").strip("…") in text
    for word in absent:
        assert count(scripts, SearchQuery(word, language=language)) == 0, word


def test_exact_distinguishes_accents_and_points(scripts):
    def found(word):
        return [hit.url.rsplit("/", 1)[1] for hit in search(scripts, SearchQuery(word, exact=True))]

    assert found("Straße") == ["de"] and found("Strasse") == [] and found("straße") == []
    assert found("Αθήνας") == ["el"] and found("αθηνας") == []
    assert found("政府") == ["zh"]


def test_plain_sqlite_reads_the_full_text_without_the_program(scripts):
    path = scripts.execute("PRAGMA database_list").fetchone()[2]
    plain = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    sql = "SELECT a.url FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid WHERE articles_fts MATCH ?"
    for query, language in (
        ('"政 府"', "zh"),
        ("योजना", "hi"),
        ("strasse", "de"),
        ("Chính", "vi"),
        ("wladze", "pl"),
    ):
        assert [url for (url,) in plain.execute(sql, (query,))] == [f"https://news.test/{language}"]
    assert plain.execute("SELECT count(*) FROM articles_fts").fetchone() == (len(SCRIPTS),)


def test_words_that_no_story_has_any_more_are_reported(tmp_path):
    with open_writer(tmp_path / "index.db") as db:
        url = "https://news.test/ferry"
        apply(db, Batch("a.warc.gz", 1, (seen(1, url=url, outcome=article(url, text="The ferry sails.")),)))
        assert check(db) == []
        trigger = db.execute("SELECT sql FROM sqlite_master WHERE name = 'articles_fts_update'").fetchone()[0]
        db.execute("DROP TRIGGER articles_fts_update")
        db.execute("UPDATE articles SET text = 'The ferry sails no more.'")
        db.execute(trigger)
        assert check(db) == ["full-text table: its words are not those of the stories"]


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_a_text_in_ascii_has_the_words_that_it_has_beside_other_letters(text):
    assert tokens.folded_words(f"{text} ł") == [*tokens.folded_words(text), *tokens.folded_words("ł")]
