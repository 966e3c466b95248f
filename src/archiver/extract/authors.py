"""Author names from declared values or a byline: split, cleaned and without the publisher."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archiver.extract.decode import plain
from archiver.extract.names_cjk import CJK, declared_names, reporters

_WORK = r"(?:story|article|words|text|reporting|written|edited|posted|published|reviewed|created|author|texto|escrito|redactado|publicado|redacci[óo]n|autora?|texte|testo|tekst)"
_PHOTOS = r"(?:photos?|photograph(?:s|y)?|photographer|pictures?|images?|illustrations?|video|graphics?|fotos?|fotograf[íi]as?|fot[óo]graf[oa]|imagen(?:es)?|v[íi]deo|ilustraci[óo]n(?:es)?|foto:?|fotografie|bilder?|bild|zdj[ęe]cia|фото|photographies?|cr[ée]dito)"
_LEAD = re.compile(
    rf"^(?:{_WORK}(?:\s*(?:and|y|&|e|et|und|/)\s*\w+)?\s*(?:by|por)?\s*[:|]?\s+)?"
    r"(?:by|por|par|von|di|door|av|af|przez|oleh|theo|γράφ(?:ει|ουν)(?: [οη]| οι)?|بقلم|كتبت?|מאת|โดย)\s*:?\s+",
    re.IGNORECASE,
)
# The word before a colon, or alone in a line, that announces an author: "Plain Text Author:", "Автор:", "Yazan:".
LABEL = (
    r"(?:(?:(?:plain text|article|story|post|news)\s+)?(?:author|writer|reporter|byline)s?(?:\(s\))?(?:\s+name)?|by|written by|words by|story by|reporting by|text by|posted by"
    r"|por|escrito por|texto(?: de)?|redactad[oa] por|publicado por|autor(?:a|es|as|in|ka|ky|ři|zy|i|s)?|auteur(?:e|s)?|autric[ei]|autor[ei]|texte(?: de)?|testo(?: di)?|tekst|text|von|redacteur|redactora?|periodista|reportagem"
    r"|skribent|forfatter|journalist|toimittaja|kirjoittaja|teksti|szerző|írta|yazan|yazar|haber|penulis|oleh|tác giả|autorius|autors|mwandishi|may-akda|ni"
    r"|автор(?:ы|и|ка)?|текст|аўтар|συντάκτης|συντάκτρια|συντάκτες|γράφει(?: [οη])?|κείμενο|מאת|כתב|بقلم|كتب|كتبت|الكاتب|نویسنده|مصنف|तحریر|लेखक|द्वारा|লেখক|ผู้เขียน|โดย|作者|撰文|執筆|記者|记者|글|기자)"
)
_LABEL = re.compile(rf"^{LABEL}\s*[:：]\s*", re.IGNORECASE)
_LABEL_ALONE = re.compile(rf"^{LABEL}\s*[:：]?$", re.IGNORECASE)
_PHOTO_PART = re.compile(
    rf"(?:^|[\n|;,/·•()]|\s[-–—]|\s(?:and|y|&|et|und|e))\s*{_PHOTOS}\s*(?:by|por|de|di|von|par|:|/|©)\s*[^\n|;·•()]*|\s{_PHOTOS}\s*[:：][^\n|;·•()]*",
    re.IGNORECASE,
)
_WORDS_AND_PHOTOS = re.compile(
    rf"^{_WORK}\s*(?:and|y|&|e|et|und|/|,)\s*{_PHOTOS}\s*(?:by|por|de|di|von|par|:)*\s+", re.IGNORECASE
)
_HARD = re.compile(r"\s*(?:;|\||/|·|•|\n|、)\s*|\s+[–—]\s+")
_COMMA = re.compile(r"\s*[,，،]\s*")
_AND = re.compile(
    r"\s+(and|y|e|et|und|en|og|och|oraz|con|with|i|ja|ve|и|та|και|&|\+|by|por)\s+|\s*([&+])\s+|\s+و\s*(?=\w)",
    re.IGNORECASE,
)
_SHORT_AND = frozenset({"y", "e", "i", "en", "ja"})  # may also be inside a name: Ortega y Gasset
_TAIL = re.compile(
    r"\s*(?:[|•·–—]|\s-\s|,?\s+(?:updated|published|posted|last updated|on \w+ \d|(?:medically )?reviewed\b|fact[- ]checked\b)).*$",
    re.IGNORECASE | re.DOTALL,
)
_EMPLOYER_TAIL = re.compile(
    r"\s*,?\s+(?:special to|for (?:the )?[A-Z]|staff (?:writer|reporter)|para (?:el|la) [A-Z]|especial para|reporting (?:from|in)|contributed).*$",
    re.IGNORECASE | re.DOTALL,
)
_PLACE_TAIL = re.compile(
    r",?\s+(?:in|en|à|aus|from|desde|из|w|v|i)\s+[A-ZÁÉÍÓÚÀ-ÞА-Я][\w.’'-]+(?:\s[A-ZÁÉÍÓÚÀ-ÞА-Я][\w.’'-]+){0,2}$"
)
_PARENTHESIS = re.compile(r"\s*[(\[（【][^)\]）】]*[)\]）】]")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|(?<!\w)@\w+")
_CREDENTIAL = re.compile(
    r"^(?:m\.?d\.?|ph\.?d\.?|r\.?d\.?n?\.?|r\.?n\.?|m\.?s\.?c?\.?|m\.?a\.?|b\.?a\.?|b\.?s\.?c?\.?|j\.?d\.?|m\.?b\.?a\.?|c\.?p\.?a\.?|d\.?o\.?"
    r"|jr\.?|sr\.?|i{2,3}|iv|esq\.?|cpt|cscs|cfp®?|e-?ryt\s*\d+|m\.?p\.?h\.?|fand|l\.?d\.?|d\.?d\.?s\.?|psy\.?d\.?|lcsw|faan|facp|(?-i:[A-Z]{2,6}®?))$",
    re.IGNORECASE,
)
_GENERATION = re.compile(r"^(?:jr|sr|i{2,3}|iv)\.?$", re.IGNORECASE)
_JOB = (
    r"(?:editors?|editora?|writers?|reporters?|correspondents?|columnists?|journalists?|producers?|contributors?|director[ae]?|manager|expert|specialist|professor|analysts?|founder|ceo|cto|president|officer|photographers?|critic"
    r"|researcher|fellow|anchor|host|intern|redactora?|redactor jefe|periodista|corresponsal|columnista|reportera?|colaborador[ae]?|directora?|fot[óo]graf[oa]|jefe|redakteur(?:in)?|korrespondent(?:in)?|journaliste|r[ée]dacteur|r[ée]dactrice|envoy[ée]e?"
    r"|correspondante?|giornalista|inviat[oa]|corrispondente|redactie|verslaggever|journalista|rep[óo]rter|editor-in-chief|gardener|dietitian|attorney|lawyer|meteorologist|chief|desk|bureau)"
)
_JOB_LEAD = re.compile(rf"^(?:(?:staff|senior|contributing|associate)\s+)?{_JOB}\s+(?=\w+\s+\w)", re.IGNORECASE)
_JOB_WORD = re.compile(rf"\b{_JOB}\b", re.IGNORECASE)
_JOB_TAIL = re.compile(
    r"\s+(?:(?:senior|sr\.?|chief|staff|associate|assistant|deputy|managing|executive|contributing|freelance|lead|tech(?:nology)?|political|politics|sports?|business|crime|health|science|education|news|city|digital|special|national|foreign|investigative|guest|web|copy|features?|opinion|data|arts?|culture|environment|climate|white house|general|assignment|multimedia|breaking)\s+)*"
    r"(?:editor|editora|writer|reporter|correspondent|columnist|journalist|producer|contributor|photographer|redactora?|periodista|corresponsal|columnista|reportera?|redakteur(?:in)?|korrespondent(?:in)?|journaliste|giornalista|gardener)$",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:gmbh|co\.|kg|inc\b|llc|ltd|plc|s\.?a\.?$|ag$|corp|company|group|center|centre|centro|department|ministry|ministerio|institute|instituto|university|universidad|college|school|committee|commission|council|consejo|board|office|bureau|agency|agencia|society"
    r"|association|foundation|fundaci[óo]n|federation|union|team|equipo|newsroom|desk|service|press|news|media|times|post|magazine|journal|research|partners|studios?|editors|redacci[óo]n|redaktion)\b",
    re.IGNORECASE,
)
_AGENCIES = frozenset(
    [
        "associatedpress",
        "theassociatedpress",
        "ap",
        "reuters",
        "thomsonreuters",
        "afp",
        "agencefrancepresse",
        "efe",
        "agenciaefe",
        "dpa",
        "dpaafx",
        "ansa",
        "bloomberg",
        "bloombergnews",
        "upi",
        "unitedpressinternational",
        "xinhua",
        "tass",
        "interfax",
        "kyodo",
        "kyodonews",
        "jijipress",
        "pti",
        "ani",
        "ians",
        "aap",
        "canadianpress",
        "thecanadianpress",
        "lapressecanadienne",
        "pamedia",
        "pressassociation",
        "europapress",
        "notimex",
        "telam",
        "lusa",
        "anp",
        "belga",
        "apa",
        "ritzau",
        "tt",
        "ntb",
        "stt",
        "ctk",
        "pap",
        "mti",
        "agerpres",
        "cp",
        "pa",
        "wireservices",
        "anadolu",
        "anadoluagency",
        "newswire",
        "prnewswire",
        "新华社",
        "新華社",
        "中新社",
        "共同社",
        "时事通信",
        "時事通信",
        "時事",
        "共同",
        "연합뉴스",
        "뉴시스",
    ]
)
_NOT_A_NAME = re.compile(
    rf"^(?:staff|admin|administrator|editor|editors|editorial|webmaster|guest|anonymous|unknown|none|null|undefined|n/?a|user|root"
    r"|newsroom|news ?desk|web ?desk|redacci[óo]n|redaction|redazione|redaktion|redactie|toimitus|редакция|author|by|wp ?admin|contributors?|the editors?|\w+ staff"
    r"|staff (?:writer|reporter|report)s?|news staff|wire (?:service|report)s?|agencias?|agencies|agenturen|press release|(?:written|posted|published|story) by|\w+ admin|the author|about the author|author spotlight|member login|[a-z]+(?:\.[a-z]+){2,}"
    r"|(?:redacci[óo]n|redazione|redaktion|r[ée]daction|reda[çc][ãa]o) (?:del?|di|da|do|du|des|der) .*"
    rf"|(?:staff|redacci[óo]n|redaktion|redazione)(?: (?:and|y|e|und|et|/) (?:agencies|agencias|agenturen|agenzie|wires?|wire reports))?|sponsored|(?:learn|read|see|show|load) more|special to .*|{_JOB}|\[object object\]|(?:false|true))$",
    re.IGNORECASE,
)
_WORDY = re.compile(
    r"\b(?:read|click|follow|share|view|posts?|articles?|minutes?|updated|published|comments?|subscribe|newsletter"
    r"|all rights|copyright|is an?|was|has|login|log in|sign)\b|^(?:more|about)\b|\b(?:january|february|march|april|june|july|august|september|october|november|december)\W+\d",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    rf"^(?:(?:by|por|par|von|di|door|av|af|oleh|written by|escrito por|story by|texto|γράφ(?:ει|ουν)(?: [οη]| οι)?|بقلم|كتبت?|מאת)(?:\s*[:：]\s*|\s+)"
    rf"|{LABEL}\s*[:：]\s*|{_WORK}\s*(?:and|y|&|et|und)\s*{_PHOTOS}\s*(?:by|por|:)\s*)\S",
    re.IGNORECASE,
)
_HAS_LETTER = re.compile(r"[^\W\d_]")
_PARTICLES = frozenset(
    [
        "de",
        "la",
        "del",
        "los",
        "las",
        "van",
        "von",
        "der",
        "den",
        "da",
        "das",
        "dos",
        "do",
        "du",
        "des",
        "y",
        "al",
        "el",
        "bin",
        "ibn",
        "bint",
        "di",
        "le",
        "ter",
        "ten",
        "af",
        "av",
        "zu",
        "dalla",
        "della",
        "ben",
        "e",
        "i",
    ]
)
# Parts of a byline that are a place of two words or more, which would otherwise pass for a name.
_PLACES = frozenset(
    ["new york", "new york city", "los angeles", "san francisco", "san diego", "san antonio", "san juan", "san josé", "san jose", "santa fe", "santa cruz", "las vegas", "new orleans", "new delhi", "new jersey", "new mexico", "new hampshire", "north carolina", "south carolina", "north dakota", "south dakota", "west virginia", "rhode island", "washington d.c", "washington dc", "buenos aires", "ciudad de méxico", "mexico city", "são paulo", "sao paulo", "rio de janeiro", "santo domingo", "hong kong", "tel aviv", "kuala lumpur", "cape town", "saint petersburg", "st. petersburg", "st. louis", "salt lake city", "kansas city", "puerto rico", "costa rica", "el salvador", "united states", "united kingdom", "estados unidos", "great britain", "south africa", "south korea", "north korea", "saudi arabia", "sri lanka", "new zealand", "czech republic", "la paz", "la habana", "la plata", "el cairo", "el paso", "port-au-prince", "port au prince", "ho chi minh city", "abu dhabi", "addis ababa", "panama city", "guatemala city", "quezon city", "nueva york", "nueva delhi", "castilla y león", "islas baleares", "país vasco", "the hague", "den haag", "le havre", "la rochelle", "bad homburg", "frankfurt am main", "novi sad", "nizhny novgorod", "white house", "capitol hill", "wall street", "silicon valley", "middle east", "oriente medio", "latin america", "américa latina"]
)  # fmt: skip


def clean_authors(raw: Iterable[str], site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Author names from declared values: each value may hold several names, labels, handles, job titles."""
    refused = {_key(name) for name in site_names} - {""}
    tails = sorted((name for name in site_names if len(name) > 3), key=len, reverse=True)
    names: list[str] = []
    keys: set[str] = set()
    for value in list(raw)[:50]:
        for whole in split_names(value):
            name = _without_tail(whole, tails)
            key = _key(name)
            if key and key not in keys and key not in refused:
                keys.add(key)
                names.append(name)
    return tuple(names[:20])


def _without_tail(name: str, tails: Iterable[str]) -> str:
    """`Brian Truitt USA TODAY` without the paper's name."""
    for tail in tails:
        if len(name) > len(tail) + 4 and name.casefold().endswith(f" {tail.casefold()}"):
            return name[: -len(tail)].rstrip(" ,-|")
    return name


def split_names(value: str) -> list[str]:
    """`By Ana Díaz and J. P. Ruiz, staff writer` to `["Ana Díaz", "J. P. Ruiz"]`. Photographers are excluded."""
    value = _ADDRESS.sub(" ", plain(value[:3000])[:600]).strip()
    if CJK.search(value):
        return [name for name in declared_names(_LABEL.sub("", value)) if is_name(name)]
    value = _PHOTO_PART.sub(" ", _WORDS_AND_PHOTOS.sub("", value)).strip()
    value = _LABEL.sub("", _LEAD.sub("", value))
    value = _PARENTHESIS.sub("", value)
    names = [name for part in _HARD.split(value) for name in _in_part(part)]
    people = [name for name in names if _key(name) not in _AGENCIES]
    return people or names


def is_name(text: str) -> bool:
    """Whether a short text can be a person's (or a desk's) name."""
    words = text.split()
    return (
        2 <= len(text) <= 60
        and len(words) <= (9 if _ORGANISATION.search(text) else 6)
        and _HAS_LETTER.search(text) is not None
        and not re.search(r"\d{3}|[<>{}=\"?!/\\:]|\.(?:com|net|org)\b", text)
        and not _NOT_A_NAME.match(text)
        and not _WORDY.search(text)
    )


def is_byline(text: str) -> bool:
    """Whether a line names the story's author: `By Ana Díaz`, `Автор: Анна Ким`, `记者 张三`."""
    if len(text) > 120:
        return False
    if CJK.search(text):
        return bool(reporters(text))
    return _BYLINE.match(text) is not None


def is_label(text: str) -> bool:
    """Whether a line only announces the name in the next one: `Plain Text Author:`, `By`."""
    return len(text) <= 40 and _LABEL_ALONE.match(text) is not None


def names_in_byline(text: str) -> list[str]:
    """The names of a byline, if each looks like a name: two to five capitalised words."""
    if CJK.search(text):
        return reporters(text)
    names = split_names(_EMPLOYER_TAIL.sub("", _TAIL.sub("", text)))
    return [name for name in names if _looks_personal(name)]


def _looks_personal(name: str) -> bool:
    words = [word for word in name.split() if word.lower() not in _PARTICLES]
    return (
        1 < len(words) <= 5
        and all(word[0].isupper() or not (word[0].islower() or word[0].isdigit()) for word in words)
        and name.casefold() not in _PLACES
    )


def _in_part(part: str) -> Iterator[str]:
    """The names of a part without strong separators."""
    part = _turned(part)
    people = 0
    for index, piece in enumerate(piece for piece in _COMMA.split(part) if piece.strip()):
        if people and (_CREDENTIAL.match(piece) or _JOB_WORD.search(piece)):
            continue  # "Dylan Bailey, MS, RD", "Benjamin Johnson, Sr. Director of Operations"
        # After a full name, a lower-case or one-word piece is a job or a place: "Ana Díaz, staff writer", "..., Reuters".
        bare = re.sub(r"^(?:and|y|e|et|und|&)\s+", "", piece, flags=re.IGNORECASE)
        if index and (len(bare.split()) < 2 or bare[0].islower() or bare.casefold().rstrip(".") in _PLACES):
            continue
        for name in _by_conjunctions(bare):
            cleaned = _clean(name)
            if cleaned and is_name(cleaned):
                people += 1
                yield cleaned


def _turned(part: str) -> str:
    """`Kaufman, Jeff T.` as `Jeff T. Kaufman`: a single word, followed by another one or by one with an initial."""
    last, comma, first = part.strip().partition(", ")
    words = first.split()
    lone = comma and len(last.split()) == 1 and _key(last) not in _AGENCIES
    if (
        lone
        and words
        and (len(words) == 1 or (len(words) == 2 and len(words[1].rstrip(".")) == 1))
        and "," not in first
    ):
        return part if _CREDENTIAL.match(first) or _JOB_WORD.search(first) else f"{first} {last}"
    return part


def _by_conjunctions(piece: str) -> list[str]:
    """`Ana Díaz y Luis Peña` to both; `José Ortega y Gasset` and `Bauer & Co. KG` whole."""
    if _ORGANISATION.search(piece) and not re.search(r"\bby\b|\bpor\b", piece, re.IGNORECASE):
        return [piece]
    names: list[str] = []
    rest, position = piece, 0
    while match := _AND.search(rest, position):
        left, right = rest[: match.start()], rest[match.end() :]
        following = _AND.search(right)
        size, after = len(left.split()), len((right[: following.start()] if following else right).split())
        word = (match[1] or match[2] or "").lower()
        # "Linny and Peter" share a name; "Ana y Luis Peña" don't.
        apart = after >= 2 and (size >= 2 or word not in _SHORT_AND - {"y"}) if word in _SHORT_AND else size + after > 2
        if apart and size and after:
            names.append(left)
            rest, position = right, 0
        else:
            position = match.end()
    return [*names, rest]


def _clean(name: str) -> str:
    name = _LEAD.sub("", name.strip())
    name = _PLACE_TAIL.sub("", name) if len(name.split()) > 3 else name
    name = _TAIL.sub("", name)
    if not _ORGANISATION.search(name):
        name = _EMPLOYER_TAIL.sub("", name)
    shorter = _JOB_LEAD.sub("", _JOB_TAIL.sub("", name))
    name = shorter if len(shorter.split()) >= 2 else name
    name = re.sub(r"^[\W_]+|[^\w.)’'®]+$", "", name)
    last = name.split()[-1] if name.split() else ""
    return name if len(last) <= 3 or _ORGANISATION.search(last) or _GENERATION.match(last) else name.rstrip(".")


def _key(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
