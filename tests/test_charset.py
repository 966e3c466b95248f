"""Character sets: declared ones by the labels of the Encoding Standard, undeclared ones as browsers guess them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from archiver.charset import codec_of, decoded
from archiver.discovery import links_of
from archiver.media_type import MediaType, media_type
from language_samples import SAMPLES

# The character sets used for each language before UTF-8, by their WHATWG names.
WRITTEN = {
    "windows-1250": ("cs", "hu", "ro", "hr", "sk", "sl"),
    "iso-8859-2": ("pl", "cs", "hu"),
    "windows-1251": ("ru", "uk", "bg", "sr", "be", "mk"),
    "koi8-r": ("ru",),
    "koi8-u": ("uk",),
    "windows-1252": ("es", "fr", "de", "pt", "it", "sv", "da", "no", "fi", "nl", "ca", "is", "gl"),
    "windows-1253": ("el",),
    "iso-8859-7": ("el",),
    "windows-1254": ("tr",),
    "windows-1255": ("he",),
    "windows-1256": ("ar",),
    "windows-1257": ("lt", "lv", "et"),
    "windows-874": ("th",),
    "shift_jis": ("ja",),
    "euc-jp": ("ja",),
    "euc-kr": ("ko",),
    "gb18030": ("zh",),
}
TRADITIONAL = (
    "港務委員會星期二決定在漫長的冬天之後拓寬北碼頭。下城居民自四年前的洪水以來一直要求這樣做，學校關閉了三個月。"
)
CASES = [(name, language, SAMPLES[language]) for name, languages in WRITTEN.items() for language in languages]
CASES.append(("big5", "zh-TW", TRADITIONAL))


def page(text, head="", lang=""):
    return (
        f"<html{f' lang={lang}' if lang else ''}><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"
    )


def written(text, name):
    """The text in a character set, without the characters that the set lacks."""
    codec = codec_of(name)
    raw = text.encode(codec, "ignore")
    return raw, raw.decode(codec)


def read(raw, declared=None, url="https://news.example/a"):
    return decoded(raw, declared, url).utf8.decode()


@pytest.mark.parametrize(("name", "language", "text"), CASES)
@pytest.mark.parametrize("told", ["by lang", "by domain", "by nothing"])
def test_undeclared_sets_are_guessed_as_browsers_guess_them(name, language, text, told):
    raw, said = written(page(text, lang=language if told == "by lang" else ""), name)
    url = (
        f"https://news.example.{language[:2]}/a" if told == "by domain" and language in ("ru", "bg", "es", "pl") else ""
    )
    assert said in read(raw, url=url)


SAID = {
    "windows-1251": "Привет", "koi8-r": "Привет", "koi8-u": "Привіт", "iso-8859-5": "Привет", "ibm866": "Привет",
    "x-mac-cyrillic": "Привет", "windows-1253": "Γειά", "iso-8859-7": "Γειά", "windows-1255": "שלום",
    "iso-8859-8": "שלום", "iso-8859-8-i": "שלום", "windows-1256": "سلام", "iso-8859-6": "سلام", "windows-874": "สวัส",
    "shift_jis": "港①の朝", "euc-jp": "港の朝", "iso-2022-jp": "港の朝", "euc-kr": "항구똠", "gbk": "港务€",
    "gb18030": "港㐀", "big5": "港務", "utf-8": "niño",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(LABELS.values()) - {"replacement", "utf-16le", "utf-16be"}))
def test_every_label_of_the_standard_is_read_as_browsers_read_it(name):
    text = SAID.get(name, "é") * 3
    for label in (label for label, encoding in LABELS.items() if encoding == name):
        codec = codec_of(label)
        assert codec is not None, label
        assert text in read(page(text, f'<meta charset="{label}">').encode(codec, "ignore")), label
        assert text in read(page(text).encode(codec, "ignore"), label.upper()), label


def test_a_declaration_that_could_be_read_as_ascii_does_not_mean_utf16():
    assert {codec_of(label) for label in ("utf-16", "UTF-16BE", "unicode", "ucs-2")} == {"utf-8"}


def test_sets_that_browsers_do_not_support_are_read_if_python_can():
    raw = page("港务委员会", "<meta charset=hz-gb-2312>").encode("hz")
    assert "港务委员会" in read(raw)
    raw = page("항만 위원회", "<meta charset=iso-2022-kr>").encode("iso2022_kr")
    assert "항만 위원회" in read(raw)
    assert codec_of("replacement") is None


def test_a_western_label_means_the_windows_set_that_browsers_read():
    assert read("“so” – said".encode("cp1252"), "ISO-8859-1") == "“so” – said"
    assert read("ışık".encode("cp1254"), "iso-8859-9") == "ışık"
    # an unused byte of the set, which the standard maps to a control character
    assert read(b"a\x81b\xe9", "latin1") == "a\x81bé"


def test_utf8_with_one_bad_byte_stays_utf8():
    text = page("Un niño y “una niña”, años después", "<meta charset=utf-8>")
    raw = text.encode().replace("años".encode(), b"a\xf1os")
    assert "niño y “una niña”" in read(raw)
    one = page("It’s a quay", "<meta charset=utf-8>").encode().replace(b"quay", b"qu\xe9")
    assert "It’s a qu" in read(one)
    undeclared = page("El niño, la niña, los años, el señor, la mañana “así”").encode().replace(b"El", b"\x93El")
    assert "niño, la niña, los años, el señor" in read(undeclared)


def test_a_page_that_says_utf8_and_is_not_is_read_by_its_bytes():
    raw = page(SAMPLES["es"], "<meta charset=utf-8>", "es").encode("cp1252")
    assert SAMPLES["es"] in read(raw)


def test_one_bad_byte_does_not_refute_a_declared_asian_set():
    raw = page(SAMPLES["zh"] * 3, "<meta charset=gb2312>").encode("gb18030").replace(b"<p>", b"<p>\xff")
    assert SAMPLES["zh"] in read(raw)


@pytest.mark.parametrize("label", ["rot13", "zip", "utf-7", "idna", "unicode_escape", "", "no such set", "undefined"])
def test_an_unknown_character_set_label_is_ignored(label):
    assert codec_of(label) is None
    raw = page(SAMPLES["fr"], lang="fr").encode("cp1252")
    assert SAMPLES["fr"] in read(raw, label)


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "gbk", "big5", "hz", "utf-16", "iso-2022-jp", "x"]))
def test_no_bytes_are_refused_and_the_result_is_utf8(raw, label):
    decoded(raw, label, "https://news.example.co.uk/a").utf8.decode("utf-8")


@pytest.mark.slow
@given(st.text(max_size=200))
def test_what_is_valid_utf8_stays_as_it_is(text):
    raw = ("é" + text).encode("utf-8", "ignore")
    if b"\x00" not in raw and not raw.startswith(b"\xef\xbb\xbf"):
        assert decoded(raw, "windows-1251").utf8 == raw


@pytest.mark.parametrize(
    "url", ["https://ПРИМЕР.рф/a", "https://a.xn--p1ai/", "http://[::1]/", "https://127.0.0.1/", "x"]
)
def test_an_address_without_a_plain_country_does_not_stop_the_guess(url):
    assert SAMPLES["ru"] in read(page(SAMPLES["ru"]).encode("cp1251"), url=url)


def test_links_and_text_are_read_by_one_detector():
    raw = page('<a href="/buscar?q=año">x</a> señor, niño, mañana, año').encode("cp1252")
    assert links_of(raw, "https://news.example/", "text/html") == ["https://news.example/buscar?q=a%F1o"]
    raw = page(f'<a href="/find?q=Порт">x</a> {SAMPLES["ru"]}').encode("cp1251")
    assert links_of(raw, "https://news.example/", "text/html") == ["https://news.example/find?q=%CF%EE%F0%F2"]


@pytest.mark.parametrize(
    ("value", "name", "charset"),
    [
        ("text/html", "text/html", None),
        ("Text/HTML; Charset=UTF-8", "text/html", "utf-8"),
        ("text/html;charset='windows-1251'", "text/html", "windows-1251"),
        ('text/html; boundary=x; charset = "koi8-r" ; q=1', "text/html", "koi8-r"),
        ("text/html; charset=", "text/html", None),
        ("text/html; x-charset=koi8-r", "text/html", None),
        ("text/html, text/html; charset=utf-8", "text/html", "utf-8"),
        ("; charset=utf-8", None, "utf-8"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_content_types_are_read_in_one_place(value, name, charset):
    assert media_type(value) == MediaType(name, charset)


# ---------------------------------------------------------------- declared wrongly, or not at all

POLISH = "Nowy prom nie płynął, bo zamarzła rzeka, a łódź była za mała."


def paper(text, language="", head=""):
    attribute = f' lang="{language}"' if language else ""
    return f"<!DOCTYPE html><html{attribute}><head>{head}<title>a</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("language", "codec"),
    [("pl", "cp1250"), ("cs", "iso8859_2"), ("hu", "cp1250"), ("tr", "cp1254"), ("lt", "cp1257"), ("lv", "cp1257"),
     ("ro", "cp1250"), ("ja", "euc_jp"), ("ja", "cp932"), ("ko", "cp949"), ("ru", "cp866")],
)  # fmt: skip
def test_the_label_that_servers_send_by_default_does_not_hold_for_a_language_it_can_not_write(language, codec):
    text = SAMPLES[language].replace("ș", "ş").replace("ț", "ţ").replace("’", "'")
    assert text in decoded(paper(text, language).encode(codec), "iso-8859-1").utf8.decode()
    western = "Um 1900 fuhr die Fähre über den Fluß – „täglich“, für fünf Pfennige."
    assert western in decoded(paper(western, "de").encode("cp1252"), "iso-8859-1").utf8.decode()


@pytest.mark.parametrize(("language", "codec"), [("ja", "iso2022_jp"), ("ko", "iso2022_kr")])
@pytest.mark.parametrize("label", [None, "utf-8", "iso-8859-1"])
def test_a_set_with_escape_sequences_is_recognised_without_a_declaration(language, codec, label):
    assert SAMPLES[language] in decoded(paper(SAMPLES[language]).encode(codec), label).utf8.decode()


@pytest.mark.parametrize("codec", ["utf_16_le", "utf_16_be"])
@pytest.mark.parametrize("language", ["ru", "zh", "ja", "ar"])
def test_utf_16_without_a_mark_is_recognised_by_its_markup_in_any_script(codec, language):
    assert SAMPLES[language] in decoded(paper(SAMPLES[language]).encode(codec), "utf-8").utf8.decode()


def test_undeclared_polish_of_windows_is_not_taken_for_iso_8859_2():
    for language in ("pl", ""):
        assert POLISH in decoded(paper(POLISH, language).encode("cp1250")).utf8.decode()
        assert POLISH in decoded(paper(POLISH, language).encode("iso8859_2")).utf8.decode()


def test_undeclared_hungarian_of_windows_is_not_taken_for_western_and_portuguese_stays_western():
    hungarian = "A tanács úgy döntött, hogy kiszélesíti a kikötői rakpartot, és őszre új hidat épít az öbölben."
    assert hungarian in decoded(paper(hungarian).encode("cp1250")).utf8.decode()
    portuguese = "Os leões não foram vistos, nem as embarcações que o porto espera há três dias."
    assert portuguese in decoded(paper(portuguese).encode("cp1252")).utf8.decode()


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("big5", "市議會週二決定拓寬北碼頭，居民一直要求這樣做。"),
        ("gb18030", "市议会周二决定拓宽北码头，居民一直要求这样做。"),
    ],
)
def test_undeclared_chinese_without_a_region_is_read_by_its_bytes(codec, text):
    for language in ("zh", ""):
        assert text in decoded(paper(text, language).encode(codec)).utf8.decode()
