"""Language detection: by words and letters; a declaration counts only if the text is not conclusive."""

# ruff: noqa: E501 - texts and tables read better unbroken

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.language import code_of, language_of
from language_samples import SAMPLES

# CLD2 reports Bosnian as Croatian: a declaration is needed.
TOLD = sorted(set(SAMPLES) - {"bs"})
NEIGHBOUR = (  # Asturian, which CLD2 takes for Spanish
    "El conseyu del puertu decidió'l martes ampliar el muelle norte depués d'un iviernu llargu. Los vecinos de la ciudá "
    "baxa pidíenlo dende la inundación, cuando l'agua llegó a un metru y zarró la escuela."
)
KURMANJI = (
    "Lijneya benderê roja sêşemê biryar da ku piştî zivistaneke dirêj bendera bakur fireh bike. Niştecihên bajarê jêrîn "
    "ji dema lehiyê ve ev yek dixwestin."
)


@pytest.mark.parametrize("language", TOLD)
def test_language_is_detected_from_the_text(language):
    for declared in (None, language, "en", "xx"):
        assert language_of(SAMPLES[language], declared) == language


@pytest.mark.parametrize("language", ["ru", "uk", "fr", "de", "es", "zu", "xh", "sw", "zh", "ja", "ko", "ar", "vi"])
def test_a_sentence_is_enough(language):
    assert language_of(SAMPLES[language][:70]) == language


def test_isizulu_isixhosa_and_swahili_are_not_english():
    assert [language_of(SAMPLES[code], "en") for code in ("zu", "xh", "sw")] == ["zu", "xh", "sw"]


@pytest.mark.parametrize("language", ["vi", "fr", "ko", "yo", "cs", "el"])
def test_a_text_with_decomposed_accents_is_the_same_text(language):
    assert language_of(unicodedata.normalize("NFD", SAMPLES[language])) == language


def test_a_text_too_short_to_classify_has_the_declared_language():
    assert language_of("Goal!", "es-MX") == "es"
    assert language_of("", None) is None
    assert language_of("12 34 56", "en") == "en"


def test_a_declared_language_unknown_to_the_detector_counts_unless_the_text_contradicts_it():
    assert language_of(NEIGHBOUR, "ast") == "ast"
    assert language_of(KURMANJI, "kmr") == "ku"
    assert language_of(SAMPLES["en"], "ast") == "en"
    assert language_of(SAMPLES["ru"], "ast") == "ru"


def test_the_declaration_decides_between_indistinguishable_languages():
    assert language_of(SAMPLES["bs"], "bs-BA") == "bs"
    assert language_of(SAMPLES["bs"], "hr") == "hr"
    assert language_of(SAMPLES["id"], "id") == "id"
    assert language_of(SAMPLES["ms"], "ms") == "ms"


def test_a_wrong_declaration_of_a_known_language_is_overruled():
    assert language_of(SAMPLES["en"], "es") == "en"
    assert language_of(SAMPLES["es"], "en") == "es"
    assert language_of(SAMPLES["pt"], "es") == "pt"


KURDISH = (
    "Meclisa bajêr biryar da ku pira kevn a li ser çem sê mehan were girtin, ji ber ku ava lehiyê stûnên wê xera "
    "kirine. Kesên ku li aliyê din dijîn dê bi keştiyê werin bajêr."
)
SARDINIAN = (
    "Su comunu at naradu martis chi su ponte betzu subra de su riu at a abarrare serradu pro tres meses, ca s'abba at "
    "isciusciadu sos pilastros. Sa gente de s'àtera banda at a bènnere cun sa barca."
)


@pytest.mark.parametrize(("code", "text"), [("ku", KURDISH), ("sc", SARDINIAN)])
def test_a_language_that_the_detector_does_not_know_is_recognised_by_its_small_words(code, text):
    assert [language_of(text), language_of(text, "en"), language_of(text, code)] == [code] * 3
    assert language_of(SAMPLES["tr"]) == "tr" and language_of(SAMPLES["it"]) == "it"


def test_a_short_text_in_cebuano_is_not_taken_for_waray_against_its_declaration():
    text = "Ang munisipyo mipahibalo niadtong Martes nga ang daang tulay ibabaw sa suba sirad-an sulod sa tulo ka bulan"
    assert language_of(text, "ceb") == "ceb"


def test_keyboard_noise_is_in_no_language():
    assert language_of("asdf qwer zxcv lkjh poiu mnbv ytrew fdsa") is None
    assert language_of("asdf qwer zxcv lkjh poiu mnbv ytrew fdsa", "sv") == "sv"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en-US", "en"), ("PT_br", "pt"), ("zh-Hant-TW", "zh"), ("eng", "en"), ("spa", "es"), ("ast", "ast"), ("nb-NO", "no"),
        ("iw", "he"), ("fil-PH", "tl"), ("english", None), ("", None), (None, None), ("e", None), ("und", None),
    ],
)  # fmt: skip
def test_language_tags(tag, code):
    assert code_of(tag) == code


@given(st.text(max_size=300), st.sampled_from([None, "en", "xx", "ast"]))
def test_no_text_makes_the_detector_fail(text, declared):
    language_of("Der Hafenrat beschloss am Dienstag " + text, declared)
    language_of(text, declared)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zu", "Umkhandlu wetheku unqume ukwandisa ibhuloho."),
        ("sv", "Rådet har beslutat att bredda kajen i norr."),
        ("tl", "Nagpasya ang konseho na palawakin ang pantalan."),
        ("ga", "Chinn an chomhairle an ché thuaidh a leathnú."),
    ],
)
def test_of_related_languages_the_declared_one_counts_for_a_short_text(code, text):
    assert language_of(text, code) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zh", "市议会决定扩建北码头。"),
        ("ja", "市議会は北埠頭の拡張を決めた。"),
        ("ko", "시의회는 부두를 넓히기로 했다."),
    ],
)
def test_a_short_sentence_in_chinese_japanese_or_korean_is_enough(code, text):
    assert language_of(text) == code
    assert language_of(text, "en") == code
