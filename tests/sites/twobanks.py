"""The Two Banks: a paper of a border town with a small part of its stories in a second language, and a third if asked.

Each language has a template of its own, and lines of its own around its stories: some in boxes, some among the
paragraphs, some that differ in a figure or a name. Some true text recurs in each language, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from random import Random

ORIGIN = "https://twobanks.test"

_NOUNS = {
    "en": (
        "ferry harbor council bridge market school lantern orchard tunnel archive bakery chapel quarry signal lock "
        "weir mill depot canal tannery"
    ),
    "es": (
        "barco puerto concejo puente mercado colegio farol huerto túnel archivo horno capilla cantera semáforo candado "
        "dique molino almacén canal taller"
    ),
    "de": (
        "Fähre Hafen Rat Brücke Markt Schule Laterne Garten Tunnel Archiv Bäckerei Kapelle Grube Ampel Schleuse Wehr "
        "Mühle Lager Kanal Werkstatt"
    ),
}
_SENTENCES = {
    "en": (
        "The {0} beside the {1} was closed again on {day}, and nobody at the {2} had been told of it.",
        "People who live near the {0} say that they have waited for the {1} since the summer of {year}.",
        "According to {name}, who looks after the {0}, the work on the {1} will take another {few} weeks.",
        "“We were promised a {0} and were given a {1},” said {name}, who was standing in front of the {2}.",
        "A report about the {0} puts the cost at {sum} dollars, of which the {1} is to pay the smaller part.",
    ),
    "es": (
        "El {0} que está junto al {1} cerró otra vez el {day}, y nadie en el {2} lo sabía de antemano.",
        "Los vecinos que viven cerca del {0} dicen que esperan el {1} desde el verano de {year}.",
        "Según {name}, que cuida el {0}, las obras en el {1} van a durar otras {few} semanas más.",
        "«Nos prometieron un {0} y nos dieron un {1}», dijo {name}, que esperaba delante del {2}.",
        "Un informe sobre el {0} calcula un costo de {sum} dólares, de los que el {1} pagará la parte menor.",
    ),
    "de": (
        "Neben {0} und {1} war am {day} wieder alles geschlossen, und niemand von {2} hatte davon gewusst.",
        "Wer in der Nähe von {0} wohnt, wartet nach eigenen Worten seit dem Sommer {year} auf {1}.",
        "Nach Auskunft von {name}, zuständig für {0}, dauern die Arbeiten an {1} noch {few} Wochen.",
        "„Versprochen war uns {0}, bekommen haben wir {1}“, sagte {name} und zeigte auf {2} nebenan.",
        "Ein Bericht über {0} nennt Kosten von {sum} Dollar, von denen {1} den kleineren Teil trägt.",
    ),
}
_DAYS = {
    "en": ("Monday", "Tuesday", "Friday"),
    "es": ("lunes", "martes", "viernes"),
    "de": ("Montag", "Dienstag", "Freitag"),
}
_NAMES = ("Ida Coban", "Rosa Quiel", "Tom Abara", "Lena Voss", "Hugo Maciel", "Petra Lund", "Noel Okafor", "Inés Bravo")
_AUTHORS = {"en": ("Cora Whitlam", "Dev Anand Rao"), "es": ("Marisol Tejeda", "Julio Arce"), "de": ("Anke Rohde",)}
_BIOS = {
    "Cora Whitlam": "Cora Whitlam has walked both banks of the river since 2011.",
    "Dev Anand Rao": "Dev Anand Rao writes about money, and sometimes about the lack of it.",
    "Marisol Tejeda": "Marisol Tejeda cubre escuelas y tribunales en la orilla sur.",
    "Julio Arce": "Julio Arce escribe de deportes, de barcos y de lo que pase.",
    "Anke Rohde": "Anke Rohde schreibt über alles, was Räder hat.",
}
HEADINGS = {"en": "What happens next", "es": "Qué sigue ahora", "de": "Wie es weitergeht"}
REFRAINS = {"en": "And the river took no notice.", "es": "Y el río, como siempre, callado.", "de": "Der Fluss schwieg."}
CORRECTIONS = {
    "en": "Correction: An earlier version of this story gave the wrong name for the mill.",
    "es": "Corrección: una versión anterior de esta nota daba otro nombre al molino.",
    "de": "Korrektur: In einer früheren Fassung stand ein falscher Name der Mühle.",
}
EPISODES = ("A night on the lock", "The last ferryman", "Salt and paper", "Who owns the weir", "Seven bridges")
EPISODIOS = ("Una noche en el dique", "El último barquero", "Sal y papel", "De quién es el río", "Siete puentes")


@dataclass(frozen=True)
class Story:
    number: int
    language: str
    title: str
    author: str
    captured: datetime
    blocks: tuple[tuple[str, str], ...]  # (tag, text): its true blocks
    redesigned: bool

    @property
    def url(self) -> str:
        return f"{ORIGIN}/{self.language}/{self.number:03}-story"

    @property
    def truth(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.blocks)


def stories(languages: str, seed: int = 0, redesign: int | None = None) -> tuple[Story, ...]:
    """Stories in order of their capture, in these languages (`en en es …`). From number `redesign` on, the English
    template is another."""
    made = []
    so_far: Counter[str] = Counter()
    for number, language in enumerate(languages.split()):
        author = _AUTHORS[language][so_far[language] % len(_AUTHORS[language])]
        so_far[language] += 1
        made.append(_story(number, language, author, seed, redesigned=redesign is not None and number >= redesign))
    return tuple(made)


def _story(number: int, language: str, author: str, seed: int, *, redesigned: bool) -> Story:
    pick = Random(f"{seed} {number} {language}")
    nouns = _NOUNS[language].split()

    def sentence() -> str:
        return pick.choice(_SENTENCES[language]).format(
            *pick.sample(nouns, 3),
            day=pick.choice(_DAYS[language]),
            year=pick.randint(1990, 2019),
            name=pick.choice(_NAMES),
            few=pick.randint(3, 40),
            sum=f"{pick.randint(11, 980)},000",
        )

    blocks = [("p", " ".join(sentence() for _ in range(pick.randint(2, 4)))) for _ in range(pick.randint(5, 8))]
    if number % 3 == 1:
        blocks.insert(-1, ("h2", HEADINGS[language]))
    if number % 4 == 2:
        blocks.insert(3, ("p", REFRAINS[language]))
    if number % 5 == 4:
        blocks.append(("p", CORRECTIONS[language]))
    first, second = pick.sample(nouns, 2)
    title = {
        "en": f"Between {first} and {second}, the {pick.choice(nouns)} waits for its turn",
        "es": f"Entre {first} y {second}, el {pick.choice(nouns)} espera su turno",
        "de": f"Zwischen {first} und {second} wartet noch {pick.choice(nouns)}",
    }[language]
    at = datetime(2026, 2, 2, 7, tzinfo=UTC) + timedelta(hours=7 * number)
    return Story(number, language, title, author, at, tuple(blocks), redesigned)


def junk(story: Story) -> tuple[str, ...]:
    """Lines of a story's page that are not part of it."""
    number, bio = story.number, _BIOS[story.author]
    turn = number // 5  # the lists of episodes change
    if story.language == "en" and not story.redesigned:
        return (
            f"This page was read aloud {230 + number} times at the ferry landing.",
            "The Lock Letter: what both banks talk about, on Fridays.",
            "No wall stands around these pages, and none will.",
            *(EPISODES[(turn + at) % 5] for at in range(3)),
            bio,
            "The Two Banks belongs to the towns on both sides of the river.",
        )
    if story.language == "en":
        return (
            "Four mornings a week: the river in one letter, and nothing else.",
            bio,
            "The Two Banks is printed on the island and owned by its readers.",
        )
    if story.language == "es":
        return (
            f"Esta página se leyó {230 + number} veces en el muelle.",
            "La carta del dique: de qué hablan las dos orillas, cada viernes.",
            "Estas páginas no tienen muro ni lo van a tener.",
            *(EPISODIOS[(turn + at) % 5] for at in range(3)),
            bio,
            "Las Dos Orillas es de los pueblos de ambos lados del río.",
        )
    return ("Der Brief von der Schleuse: jeden Freitag, ohne Preis.", bio, "Zwei Ufer gehört den Orten am Fluss.")


def page(story: Story) -> str:
    """A story's page."""
    lines = [escape(line, quote=False) for line in junk(story)]
    if story.language == "en" and not story.redesigned:
        read, letter, wall, *episodes, bio, belongs = lines
        listed = "".join(f"<li>{entry}</li>" for entry in episodes)
        return _page(
            story,
            '<article class="story"><h1 class="headline">{title}</h1><p class="byline">By {author}</p>'
            '<div class="story-text">{body}</div></article>',
            [f"<p>{read}</p>"],
            [f'<div class="callout letter"><p>{letter}</p></div>', f"<p>{wall}</p>"],
            [f'<div class="heard"><ul>{listed}</ul></div><p><em>{bio}</em></p><p>{belongs}</p>'],
        )
    if story.language == "en":
        letter, bio, belongs = lines
        return _page(
            story,
            '<div class="grid"><div class="col wide"><h1>{title}</h1><div class="who">{author}</div>'
            '<section class="prose">{body}</section></div></div>',
            [],
            [],
            [f'<p>{letter}</p><div class="card person"><p>{bio}</p></div><p>{belongs}</p>'],
        )
    if story.language == "es":
        read, letter, wall, *episodes, bio, belongs = lines
        listed = "".join(f'<p class="ep">{entry}</p>' for entry in episodes)
        return _page(
            story,
            '<div id="nota" class="nota"><h1>{title}</h1><p class="firma">Por {author}</p>'
            '<div class="cuerpo texto">{body}</div></div>',
            [f'<p class="lectura">{read}</p>'],
            [f'<aside class="carta"><p>{letter}</p></aside>', f"<p>{wall}</p>"],
            [f'<div class="oido">{listed}</div><p>{bio}</p><p>{belongs}</p>'],
        )
    letter, bio, belongs = lines
    return _page(
        story,
        '<section class="beitrag"><h1>{title}</h1><p class="autor">Von {author}</p><div class="inhalt">{body}</div>'
        "</section>",
        [],
        [f'<div class="kasten"><p>{letter}</p></div>'],
        [f"<p>{bio}</p><p>{belongs}</p>"],
    )


def _page(story: Story, frame: str, before: list[str], inside: list[str], after: list[str]) -> str:
    told = [f"<{tag}>{escape(text, quote=False)}</{tag}>" for tag, text in story.blocks]
    body = "\n".join([*before, *told[:2], *inside[:1], told[2], *inside[1:], *told[3:], *after])
    shown = frame.format(title=escape(story.title), author=story.author, body=body)
    return f"""<!DOCTYPE html>
<html lang="{story.language}"><head><meta charset="utf-8"><title>{escape(story.title)} | The Two Banks</title>
<link rel="canonical" href="{story.url}"><meta property="og:type" content="article">
<meta name="author" content="{story.author}">
<meta property="article:published_time" content="{story.captured.isoformat()}"></head>
<body><header><a href="/">The Two Banks</a><nav><a href="/docks/">Docks</a></nav></header>
{shown}
<footer><p>The Two Banks, 1 Lock Island</p></footer></body></html>"""
