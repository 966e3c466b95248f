"""Detects the language of a text, whatever the page declares.

News sites declare one language for everything; bilingual ones such as AL DÍA declare the wrong one for half of their
pages. The detector is CLD2, which distinguishes 160 languages by four-letter sequences and words, in some hundredths of
a millisecond. The declaration counts if the text is too short or too unusual to classify, if CLD2 doesn't know the
declared language, and between languages that CLD2 can't distinguish.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

import pycld2

# Old and macrolanguage codes mapped to ISO 639-1, and CLD2's own names.
_ALIASES = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "fil": "tl", "nb": "no", "nob": "no", "nno": "nn", "mo": "ro",
    "sh": "sr", "cmn": "zh", "yue": "zh", "ckb": "ku", "kmr": "ku", "prs": "fa", "arb": "ar",
    "eng": "en", "spa": "es", "por": "pt", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "ita": "it",
    "nld": "nl", "dut": "nl", "cat": "ca", "rus": "ru", "ukr": "uk", "pol": "pl", "zho": "zh", "chi": "zh", "jpn": "ja",
    "kor": "ko", "ara": "ar", "hat": "ht", "tur": "tr", "vie": "vi", "swa": "sw", "tgl": "tl",
}  # fmt: skip
_ALIKE = (
    frozenset({"id", "ms"}),
    frozenset({"ceb", "war"}),
    frozenset({"hr", "bs", "sr", "cnr"}),
    frozenset({"no", "nn"}),
)
# In a few words a detector can't tell these apart: there the declaration decides.
_CLOSE = (
    frozenset({"zu", "xh", "ss", "nr", "nd"}),
    frozenset({"sv", "no", "nn", "da"}),
    frozenset({"ga", "gd"}),
    frozenset({"tl", "ceb"}),
    frozenset({"gl", "pt", "es", "ast"}),
    frozenset({"cs", "sk"}),
    frozenset({"ru", "uk", "be"}),
    frozenset({"bg", "mk"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"af", "nl"}),
)
_FEW_WORDS = 80  # characters
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_CJK_WEIGHT = 3  # letters of an alphabet that say as much
_TAG = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_].*)?\s*$")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|[^\u0000-\uffff]")
# Small words of languages that CLD2 doesn't know: asked only of texts that are in none of its languages.
_SMALL_WORDS = {
    "ku": frozenset(
        {
            "piştî",
            "sê",
            "da",
            "dibêjin",
            "nav",
            "dike",
            "dikin",
            "kir",
            "û",
            "li",
            "ji",
            "bi",
            "di",
            "ku",
            "ser",
            "wê",
            "dê",
            "ev",
            "hat",
            "ew",
            "jî",
            "bo",
            "were",
            "xwe",
        }
    ),
    "sc": frozenset({"su", "sa", "sos", "sas", "chi", "at", "est", "pro", "dae", "cun"}),
}
_LEAST_SHARE, _LEAST_DIFFERENT = 0.2, 4
_SAMPLE = 4000
_TOO_FEW = 20  # letters
# CLD2's score of a text, here per 1024 characters. Running text in a language that it knows scores 600 or more; text in
# a related language (Asturian as Spanish) 400 to 500; keyboard noise and unknown languages up to 310 (measured on 81 +
# 25 languages).
_SCORE_TOLD, _SCORE_SURE = 250, 550


def language_of(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code (639-3 if there is none) of a text's language, or None if unknown."""
    declared = code_of(declared)
    sample = _UNREADABLE.sub(" ", unicodedata.normalize("NFC", text[:_SAMPLE]))
    # Python does not count vowel signs of Asian scripts as letters.
    letters = (char for char in sample if char.isalpha() or char > "\u02ff")
    count = sum(_CJK_WEIGHT if _CJK.match(char) else 1 for char in islice(letters, _TOO_FEW))
    few = count < _TOO_FEW
    candidates = [] if few else _detected(sample)
    if not candidates:
        return declared
    best, share, score = candidates[0]
    small = _by_small_words(sample) if score < _SCORE_TOLD else None
    if declared is None or small:
        return small or (best if score >= _SCORE_TOLD else None)
    untold = score < _SCORE_TOLD or (score < _SCORE_SURE and declared not in _KNOWN)
    groups = (*_ALIKE, *_CLOSE) if len(sample) <= _FEW_WORDS else _ALIKE
    alike = any(best in group and declared in group for group in groups)
    # A text half in each of two languages: the declaration decides.
    tied = any(code == declared and other >= share - 10 for code, other, _ in candidates[1:])
    return declared if untold or alike or tied else best


def _by_small_words(sample: str) -> str | None:
    words = re.findall(r"[^\W\d_]+", sample.lower())
    for code, small in _SMALL_WORDS.items():
        found = [word for word in words if word in small]
        if len(set(found)) >= _LEAST_DIFFERENT and len(found) >= _LEAST_SHARE * len(words):
            return code
    return None


def _detected(sample: str) -> list[tuple[str, int, float]]:
    """Code, share in percent and score of up to three languages, the largest share first."""
    raw = sample.encode("utf-8")
    try:
        _, _, found = pycld2.detect(raw, isPlainText=True, bestEffort=True)
    except (pycld2.error, ValueError):
        return []
    width = len(raw) / max(1, len(sample))  # CLD2 scores bytes: a Cyrillic letter has two
    return [(code, share, score * width) for _, name, share, score in found if (code := _code(name))]


def code_of(label: str | None) -> str | None:
    """`en` for en-US, EN_us and eng; None for anything but a language tag."""
    match = _TAG.match(label) if label else None
    code = match[1].lower() if match else "und"
    return None if code in ("und", "mul", "zxx", "mis") else _ALIASES.get(code, code)


def _code(code: str) -> str | None:
    """CLD2's code as ours; None for its pseudo-languages (`xx-Goth`, Klingon, Pig Latin) and for `un`."""
    plain = code.partition("-")[0]
    return None if plain in ("un", "xx", "tlh", "zzp", "zzb", "zze", "zzh") else _ALIASES.get(plain, plain)


_KNOWN = frozenset(filter(None, (_code(code) for _, code in pycld2.LANGUAGES)))
