"""Which language a text is in, by its most frequent small words or its script; what the page declares only breaks ties.

News sites declare one language for everything; bilingual ones such as AL DÍA declare the wrong one for half of it.
"""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections import Counter

_WORDS = {
    "en": "the of and to in a is that for it was on with as be at by this are from have has had not but they his her "
    "which you an or were their will would been who said its we he she more when what about can there if one all",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más pero sus le ya o fue este ha "
    "sí porque esta son entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante está han",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua "
    "ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos são nas",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son aux "
    "d l qu cette ou mais ont été elle leur nous vous comme sa ses fait être tout deux même ces n s c y",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat "
    "dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis",
    "it": "di e il la che in a per un è del non una le della si con i da al sono come dei nel più gli ha alla anche ma lo "
    "delle se su o dal nella questo ci suo degli stato tra dell l hanno era essere cui sua loro perché ai due",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit nog naar heeft ze "
    "hij door over tot wordt werd was die deze dit worden kan geen wel meer hebben had zou al zo zich",
    "ca": "de la el que i en a els les un per amb del una no és al es ha dels més com va ser però són seva seu aquest "
    "aquesta també fins sobre entre molt hi ho han perquè quan",
    "sv": "och att det i en som på är av för med till den har de inte om ett han men var jag sig från vi så kan när år "
    "under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara hade alla",
    "da": "og i at det er en til på som for med af de den der har ikke et han var men om sig fra vi så kan når også efter "
    "eller nu hvor ved skal kommer være havde blev siger bliver ud",
    "no": "og i det på som er en til av for å at med har de ikke den om et han var men seg fra vi så kan når også etter "
    "eller nå hvor ved skal kommer være hadde ble sier blir ut",
    "fi": "ja on ei se että hän oli ovat mutta kun joka niin myös tai kuin sen mukaan ole voi vain jos nyt hänen mitä "
    "vielä jo siitä olla ollut ennen sitä",
    "pl": "w i na z się nie do to że jest o jak a od po przez dla są za co już tym ale ich przed który może tylko także "
    "oraz czy był jego które było tak jako ze pod",
    "cs": "a v se na je že o s z do i to pro ve by za ale jsou jako po k od které jeho bude který už také podle jsem "
    "však nebo být při jen má",
    "ro": "de și în a la cu pe nu o că din un pentru care mai este ca se sunt fost au fi sau ce prin după dar lui cel "
    "această acest le va",
    "hu": "a az és hogy nem is egy van meg ez azt de csak már még mint el volt ha ki pedig szerint lesz után mert vagy "
    "amely majd sem között",
    "tr": "ve bir bu da de için ile olarak çok daha en olan gibi ne kadar sonra var ise ama o her diye dedi olduğu göre "
    "ancak",
    "id": "yang dan di untuk dengan dari pada ini itu dalam tidak akan juga ke oleh adalah karena ada mereka telah saat "
    "bisa kepada sebagai tersebut lebih",
    "vi": "và của là có được trong cho không với các một người này đã khi những để từ đến ra ở về như cũng",
    "sw": "ya wa na kwa ni katika la kuwa za hiyo huo kama cha hii kutoka pia lakini yake watu baada ambao wakati",
    "tl": "ng sa ang na mga at ay si ni para hindi ito kay niya may mula siya nang kung rin sila ayon",
    "ht": "nan yo ki pou li yon ak se te ap nou sou pa gen sa moun mwen tou fè men kote ayiti peyi",
}
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _list in _WORDS.items():
    for _word in set(_list.split()):
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _language)
_TOKEN = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("ml", re.compile("[\u0d00-\u0d7f]")),
    ("km", re.compile("[\u1780-\u17ff]")),
    ("my", re.compile("[\u1000-\u109f]")),
    ("am", re.compile("[\u1200-\u137f]")),
)
# Scripts of several languages: the letters that only some of them have, in the order to look for them; the first
# language of each is the likely one, the others are believed when declared.
_SHARED_SCRIPTS = (
    (
        re.compile("[\u0400-\u04ff]"),
        (
            ("[іїєґ]", ("uk",)),
            ("ў", ("be",)),
            ("[ђћџљњј]", ("sr", "mk")),
            ("[ыэё]", ("ru", "kk", "ky", "mn", "tg")),
            ("", ("bg", "mk", "sr", "ru", "uk")),
        ),
    ),
    (
        re.compile("[\u0600-\u06ff]"),
        (("[ٹڈڑےں]", ("ur",)), ("[پچژگ]", ("fa", "ps", "ku", "ug", "sd")), ("", ("ar",))),
    ),
    (re.compile("[\u0900-\u097f]"), (("", ("hi", "mr", "ne", "sa")),)),
)
_FOREIGN = re.compile("[\u0370-\u1fff\u3040-\ud7af]")  # a letter of any script but Latin
_ISO = re.compile(r"^\s*([a-zA-Z]{2})(?:[-_].*)?\s*$")
_SAMPLE = 4000


def language_of(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code of a text's language. A text too short or too strange to tell gets the declared one."""
    declared = code_of(declared)
    sample = text[:_SAMPLE].lower()
    letters = sum(map(len, _TOKEN.findall(sample)))
    if letters < 20:
        return declared
    return _by_script(sample, letters, declared) or _by_words(sample, declared)


def code_of(label: str | None) -> str | None:
    """`en` for en-US, EN_us or eng's kin; None for what isn't a language tag."""
    match = _ISO.match(label) if label else None
    return match[1].lower() if match else None


def _by_script(sample: str, letters: int, declared: str | None) -> str | None:
    if len(_FOREIGN.findall(sample)) < letters * 0.1:
        return None
    for code, script in _SCRIPTS:
        # Japanese is mostly kanji: a tenth of kana tells it from Chinese.
        if len(script.findall(sample)) > letters * (0.1 if code == "ja" else 0.4):
            return code
    for script, rules in _SHARED_SCRIPTS:
        if len(script.findall(sample)) > letters * 0.4:
            languages = next(languages for signs, languages in rules if re.search(signs, sample))
            return declared if declared in languages else languages[0]
    return None


def _by_words(sample: str, declared: str | None) -> str | None:
    tokens = _TOKEN.findall(sample)
    scores: Counter[str] = Counter()
    for word, count in Counter(tokens).items():
        languages = _BY_WORD.get(word, ())
        for language in languages:
            # A word that many languages share says little.
            scores[language] += count * (2.0 if len(languages) == 1 else 1.0)  # type: ignore[assignment]
    ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
    if not ranked or len(tokens) < 8:
        return declared or (ranked[0][0] if ranked and ranked[0][1] >= 4 else None)
    best, score = ranked[0]
    if score < len(tokens) * 0.12:
        return declared
    close = [language for language, other in ranked if other >= score * 0.85]
    return declared if declared in close else best
