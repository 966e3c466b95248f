"""Author names from declared values or a byline: split, cleaned and without the publisher."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from archiver.extract.author_words import (
    ADDRESS,
    AGENCIES,
    AGENCY_FIRST,
    AGENCY_IN_BRACKETS,
    AGENCY_TAIL,
    AND,
    AND_OTHERS,
    BYLINE,
    COMMA,
    CREDENTIAL,
    CREDENTIAL_TAIL,
    EDITED,
    EDITED_BEHIND,
    EMPLOYER_TAIL,
    GENERATION,
    HARD,
    HAS_LETTER,
    JOB_LEAD,
    JOB_ONWARDS,
    JOB_TAIL,
    JOB_WORD,
    LABEL_ALONE,
    LABEL_LEAD,
    LEAD,
    LEAD_OR_NAME,
    NEWSPAPER,
    NOT_A_NAME,
    ORGANISATION,
    PARENTHESIS,
    PARTICLES,
    PHOTO_PART,
    PHOTOGRAPHER,
    PLACE_TAIL,
    PLACES,
    PRECEDED,
    SHORT_AND,
    TAIL,
    VIETNAMESE,
    WITH_MATERIAL,
    WORDS_AND_PHOTOS,
    WORDY,
    WRITES_IN,
)
from archiver.extract.decode import plain
from archiver.extract.names_cjk import CJK, declared_names, reporters
from archiver.tokens import MARKS

# A name without the signs around it. Vowel signs and points behind a letter are part of it, and so are the joiners
# behind them; `re` counts them as neither letters nor digits. Behind a picture they are not.
_BARE = re.compile(rf"[^\W_](?:.*[\w.)’'®])?(?:[{MARKS}]+[\u200c\u200d]*)*", re.DOTALL)
_AFTER_PIECE = (" by ", " BY ", " By ", " von ", " par ", " por ", " di ", " door ", " av ")
_QUOTED = re.compile(r"['\"](?=,|$)|(?:^|(?<=,)|(?<=, ))['\"]")


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
            if key and key not in keys and not {key, key.removeprefix("the")} & refused:
                keys.add(key)
                names.append(name)
    return tuple(names[:20])


def _without_tail(name: str, tails: Iterable[str]) -> str:
    """`Brian Truitt USA TODAY` without the paper's name."""
    for tail in tails:
        if len(name) > len(tail) + 4 and name.casefold().endswith(f" {tail.casefold()}"):
            shorter = name[: -len(tail)].rstrip(" ,-|")
            # A site may have the family name of its author.
            return shorter if " " in shorter or " " in tail.strip() else name
    return name


def split_names(value: str) -> list[str]:
    """`By Ana Díaz and J. P. Ruiz, staff writer` to `["Ana Díaz", "J. P. Ruiz"]`. Photographers are left out."""
    value = ADDRESS.sub(" ", plain(value[:3000])[:600]).strip()
    if (stated := AGENCY_IN_BRACKETS.match(value)) and _key(stated[1]) in AGENCIES:
        value = stated[1]
    if value[:1] == "(" and value[-1:] == ")" and value.count("(") == 1:
        value = value[1:-1]
    if value[:1] == "[" and value[-1:] == "]":  # a list, as programs print it
        value = _QUOTED.sub("", value[1:-1])
    if CJK.search(value):
        return [name for name in declared_names(LABEL_LEAD.sub("", value)) if is_name(name)]
    value = PHOTOGRAPHER.sub("", PHOTO_PART.sub(" ", WORDS_AND_PHOTOS.sub("", value))).strip()
    first = AGENCY_FIRST.match(value)
    if first and _key(first[1]) in AGENCIES and _key(value[first.end() :]) not in AGENCIES:
        value = f"{first[1]}; {value[first.end() :]}"
    value = WITH_MATERIAL.sub("; ", AND_OTHERS.sub("", value))
    parts = HARD.split(EDITED_BEHIND.sub("; ", value))
    wrote = [part for part in parts if not EDITED.match(part)]
    names = _in_parts(wrote) or _in_parts(EDITED.sub("", part) for part in parts)
    people = [name for name in names if _key(name) not in AGENCIES]
    if 0 < len(people) < len(names) and all(name.islower() and " " not in name for name in people):
        return names[:1]  # an agency and its office: dpa/lby
    return people or names


def _in_parts(parts: Iterable[str]) -> list[str]:
    """The names of parts separated by strong separators. A single word after a full name is a place or an employer."""
    names: list[str] = []
    for part in parts:
        found = list(_in_part(PARENTHESIS.sub("", LABEL_LEAD.sub("", _without_lead(part)))))
        if names and " " in names[0]:
            found = [name for name in found if CJK.search(name) or (" " in name and not JOB_WORD.search(name))]
        names += found
    return names


def _without_lead(text: str) -> str:
    """A byline without the words before the name: `By`, `Eine Analyse von`, `a cura di`, `dal nostro inviato`."""
    match = LEAD.match(text)
    if match:
        word, rest = match[0].rstrip(" :").casefold(), text[match.end() :]
        is_name = word in LEAD_OR_NAME and ":" not in match[0] and text[0].isupper()
        if is_name and (len(rest.split()) < 2 or (word == "theo" and not VIETNAMESE.search(rest))):
            return text
        text = rest
    elif text.startswith("de ") and all(word[:1].isupper() for word in text.split()[1:3]):
        text = text[3:]
    return PRECEDED.sub("", text)


def is_name(text: str) -> bool:
    """Whether a short text can be a person's (or a desk's) name."""
    words = text.split()
    return (
        2 <= len(text) <= 60
        and len(words) <= (9 if ORGANISATION.search(text) else 6)
        and HAS_LETTER.search(text) is not None
        and not re.search(r"\d{3}|[<>{}=\"?!/\\:]|\.(?:com|net|org)\b", text)
        and not NOT_A_NAME.match(text)
        and not WORDY.search(text)
    )


def is_byline(text: str) -> bool:
    """Whether a line names the story's author: `By Ana Díaz`, `Автор: Анна Ким`, `记者 张三`."""
    if len(text) > 120:
        return False
    if CJK.search(text):
        return bool(reporters(text))
    if BYLINE.match(text) is not None:
        return True
    return any(word in text for word in _AFTER_PIECE) and LEAD.match(text) is not None


def is_organisation(name: str) -> bool:
    """Whether a name has a word of organisations, companies and desks, and is not that of an agency."""
    return ORGANISATION.search(name) is not None and not is_agency(name)


def is_agency(name: str) -> bool:
    """Whether a name is that of a news agency."""
    return _key(name) in AGENCIES


def is_label(text: str) -> bool:
    """Whether a line only announces the name in the next one: `Plain Text Author:`, `By`."""
    return len(text) <= 40 and LABEL_ALONE.match(text) is not None


def names_in_byline(text: str) -> list[str]:
    """The names of a byline, if each looks like a name: two to five capitalised words."""
    if CJK.search(text):
        return reporters(text)
    names = split_names(WRITES_IN.sub("", EMPLOYER_TAIL.sub("", TAIL.sub("", text))))
    return [name for name in names if _looks_personal(name)]


def _looks_personal(name: str) -> bool:
    words = [word for word in name.split() if word.lower() not in PARTICLES]
    return (
        1 < len(words) <= 5
        and all(word[0].isupper() or not (word[0].islower() or word[0].isdigit()) for word in words)
        and name.casefold() not in PLACES
    )


def _in_part(part: str) -> Iterator[str]:
    """The names of a part without strong separators."""
    part = _turned(part)
    people = 0
    for index, piece in enumerate(piece for piece in COMMA.split(part) if piece.strip()):
        is_wire = _key(piece) in AGENCIES
        if people and not is_wire and _is_job_or_employer(piece):
            continue  # "Dylan Bailey, MS, RD", "Benjamin Johnson, Sr. Director of Operations", "Ana Díaz, BBC News"
        # After a full name, a lower-case or one-word piece is a job or a place: "Ana Díaz, staff writer", "..., Reuters".
        bare = re.sub(r"^(?:and|AND|y|e|et|und|&)\s+", "", piece)
        lone = len(bare.split()) < 2 or bare[0].islower() or bare.casefold().rstrip(".") in PLACES
        if index and not is_wire and lone:
            continue
        for name in _by_conjunctions(bare):
            cleaned = _clean(name)
            if cleaned and is_name(cleaned) and not NOT_A_NAME.match(name.strip()):
                people += 1
                yield cleaned


def _is_job_or_employer(piece: str) -> bool:
    if CREDENTIAL.match(piece.rstrip(" .")) or piece.startswith("The "):
        return True
    return JOB_WORD.search(piece) is not None or ORGANISATION.search(piece) is not None


def _turned(part: str) -> str:
    """`Kaufman, Jeff T.` as `Jeff T. Kaufman`: a single word, followed by another one or by one with an initial."""
    last, comma, first = part.strip().partition(", ")
    words = first.split()
    lone = comma and len(last.split()) == 1 and _key(last) not in AGENCIES
    if (
        lone
        and words
        and (len(words) == 1 or (len(words) == 2 and len(words[1].rstrip(".")) == 1))
        and "," not in first
    ):
        return part if CREDENTIAL.match(first) or JOB_WORD.search(first) else f"{first} {last}"
    return part


def _by_conjunctions(piece: str) -> list[str]:
    """`Ana Díaz y Luis Peña` to both; `José Ortega y Gasset` and `Bauer & Co. KG` whole."""
    shorter = AGENCY_TAIL.sub("", piece)
    piece = shorter if len(shorter.split()) >= 2 and not NEWSPAPER.match(piece) else piece
    if ORGANISATION.search(piece) and not re.search(r"\bby\b|\bpor\b", piece, re.IGNORECASE):
        return [piece]
    names: list[str] = []
    rest, position = piece, 0
    while match := AND.search(rest, position):
        left, right = rest[: match.start()], rest[match.end() :]
        following = AND.search(right)
        size, after = len(left.split()), len((right[: following.start()] if following else right).split())
        word = (match[1] or match[2] or "").lower()
        # "Linny and Peter" share a name; "Ana y Luis Peña" don't.
        apart = after >= 2 and (size >= 2 or word not in SHORT_AND - {"y"}) if word in SHORT_AND else size + after > 2
        if apart and size and after:
            names.append(left)
            rest, position = right, 0
        else:
            position = match.end()
    return [*names, rest]


def _clean(name: str) -> str:
    name = _without_lead(name.strip())
    name = PLACE_TAIL.sub("", name) if len(name.split()) > 3 else name
    name = TAIL.sub("", name)
    if not ORGANISATION.search(name):
        name = EMPLOYER_TAIL.sub("", name)
    shorter = JOB_LEAD.sub("", JOB_TAIL.sub("", name))
    shorter = CREDENTIAL_TAIL.sub("", JOB_ONWARDS.sub("", shorter))
    name = shorter if len(shorter.split()) >= 2 else name
    bare = _BARE.search(name)
    name = bare[0] if bare else ""
    name = f"The {name[4:]}" if name.startswith("the ") else name
    last = name.split()[-1] if name.split() else ""
    return name if len(last) <= 3 or ORGANISATION.search(last) or GENERATION.match(last) else name.rstrip(".")


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFC", name.casefold())
    return "".join(char for char in folded if char.isalnum() or unicodedata.category(char)[0] == "M")
