"""Word counts as readers would count, in scripts with and without spaces between words."""

# ruff: noqa: E501 - one text per line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.index.read.worddiff import diff_titles, diff_words
from archiver.index.store.wordcounts import words_changed
from archiver.words import count_words, pieces_of, words_of
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


def test_punctuation_and_digits_of_burmese_and_lao_letters_with_tones_are_no_words_of_their_own():
    assert words_of("ခဲ့သည်။") == ["ခဲ့သည်"]
    assert words_of("၂၀၂၄ခုနှစ်၊") == ["၂၀၂၄", "ခုနှစ်"]
    assert words_of("ໃໝ່") == ["ໃໝ່"]
    assert words_of("ផ្សេងៗ") == ["ផ្សេងៗ"]
    assert words_of("ｱﾙﾊﾞの店") == ["ｱ", "ﾙ", "ﾊﾞ", "の", "店"]


def test_an_edit_of_some_characters_changes_as_many_words():
    assert words_changed(SAMPLES["zh"], SAMPLES["zh"].replace("三个月", "五个月")) == (1, 1)
    assert words_changed(SAMPLES["ja"], SAMPLES["ja"] + "委員会は会う。") == (6, 0)
    added, removed = words_changed(SAMPLES["th"], SAMPLES["th"].replace("สี่ปี", "ห้าปี"))
    assert 1 <= added <= 4 and 1 <= removed <= 4
    assert words_changed(SAMPLES["en"], SAMPLES["en"].replace("long", "mild")) == (1, 1)


@given(st.text(max_size=200))
def test_no_letter_is_lost_between_words(text):
    assert [char for word in words_of(text) for char in word if char.isalnum()] == [c for c in text if c.isalnum()]


def shown(paragraphs):
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "|".join(
        "".join(" " * piece.spaced + signs[piece.op].format(piece.text) for piece in paragraph).strip()
        for paragraph in paragraphs
    )


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("渡轮停了三个月，下周恢复。", "渡轮停了五个月，下周恢复。", "渡轮停了[-三-]{+五+}个月，下周恢复。"),
        ("駅前の店は5日に開く。", "駅前の店は15日に開く。", "駅前の店は[-5-]{+15+}日に開く。"),
        ("他们说“好”。", "他们说：“好”。", "他们说{+：+}“好”。"),
        ("신임 시장은 5일 취임했다.", "신임 시장은 6일 취임했다.", "신임 시장은 [-5일-] {+6일+} 취임했다."),
        ("Firma ABC和XYZ会谈。", "Firma ABD和XYZ会谈。", "Firma [-ABC-] {+ABD+}和XYZ会谈。"),
    ],
)
def test_a_changed_word_in_a_text_without_spaces_is_marked_and_not_its_paragraph(before, after, marked):
    assert shown(diff_words(before, after)) == marked


def test_different_paragraphs_in_chinese_are_not_mixed():
    one, other = "昨天的会议讨论了港口的预算问题。", "学校的新操场在下雨的时候不能用。"
    assert shown(diff_words(one, other)) == f"[-{one}-]|{{+{other}+}}"
    assert shown(diff_titles("北码头下月拓宽", "北码头明年拓宽")) == "北码头[-下月-]{+明年+}拓宽"


def test_an_edit_in_thai_marks_only_pieces_near_it():
    before, after = THAI.replace("|", ""), THAI.replace("|", "").replace("สี่ปี", "ห้าปี")
    (paragraph,) = diff_words(before, after)
    assert sum(len(piece.text) for piece in paragraph if piece.op != "same") <= 24


@given(st.text(max_size=200))
def test_pieces_have_all_characters_and_their_spaces(text):
    assert "".join(f" {word}" if spaced else word for word, spaced in pieces_of(text)).strip() == " ".join(text.split())
    assert [word for word, _ in pieces_of("年 5 月")] == ["年", "5", "月"]
