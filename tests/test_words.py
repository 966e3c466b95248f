"""Word counts as readers would count, in scripts with and without spaces between words."""

# ruff: noqa: E501 - one text per line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.index.store.wordcounts import words_changed
from archiver.words import count_words, words_of
from language_samples import SAMPLES

# Split by hand: | separates words.
THAI = (
    "สภา|ท่าเรือ|มี|มติ|เมื่อ|วัน|อังคาร|ให้|ขยาย|ท่าเรือ|ด้าน|เหนือ|หลัง|ฤดูหนาว|อัน|ยาวนาน| ชาว|เมือง|ล่าง|เรียกร้อง|เรื่อง|นี้|มา|ตั้งแต่|น้ำ|ท่วม|"
    "เมื่อ|สี่|ปี|ก่อน| ซึ่ง|โรงเรียน|ต้อง|ปิด"
)


def test_texts_with_spaces_are_counted_by_spaces():
    assert count_words("The quay, widened at last — again.") == 7
    assert count_words(SAMPLES["ko"]) == len(SAMPLES["ko"].split())
    assert count_words(SAMPLES["ru"]) == len(SAMPLES["ru"].split())
    assert count_words("") == 0


def test_chinese_and_japanese_are_counted_by_character():
    assert count_words("港务委员会决定拓宽北码头。") == 12
    assert count_words("港湾委員会は、北側の岸壁を広げる。") == 15
    assert words_of("2024年5月BBC报道") == ["2024", "年", "5", "月", "BBC", "报", "道"]


def test_thai_has_about_as_many_words_as_a_reader_counts():
    counted = len(THAI.split("|"))
    assert counted * 0.8 <= count_words(THAI.replace("|", "")) <= counted * 1.2


@pytest.mark.parametrize("language", ["lo", "km", "my", "th"])
def test_scripts_without_spaces_have_several_words(language):
    text = SAMPLES[language]
    assert len(text) / 8 <= count_words(text) <= len(text) / 3


def test_an_edit_of_some_characters_changes_as_many_words():
    assert words_changed(SAMPLES["zh"], SAMPLES["zh"].replace("三个月", "五个月")) == (1, 1)
    assert words_changed(SAMPLES["ja"], SAMPLES["ja"] + "委員会は会う。") == (6, 0)
    added, removed = words_changed(SAMPLES["th"], SAMPLES["th"].replace("สี่ปี", "ห้าปี"))
    assert 1 <= added <= 4 and 1 <= removed <= 4
    assert words_changed(SAMPLES["en"], SAMPLES["en"].replace("long", "mild")) == (1, 1)


@given(st.text(max_size=200))
def test_no_letter_is_lost_between_words(text):
    assert [char for word in words_of(text) for char in word if char.isalnum()] == [c for c in text if c.isalnum()]
