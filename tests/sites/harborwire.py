"""The Harbor Wire: three dozen short stories in the shape of a WordPress theme that matches none of our rules.

Much of the text around a story is in plain paragraphs among its own. Some true text recurs, as in real papers: a
sub-heading, a columnist's refrain, a quote, background, a correction, a list. After the first two dozen stories the
site is redesigned: other containers, other lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

ORIGIN = "https://harborwire.test"
REDESIGN = 24  # the first story in the new template

_SUBJECTS = (
    ("the north pier", "timber pilings", "Gil Estrada", "dockhands"),
    ("the herring auction", "a paper ledger", "Oona Brandt", "buyers"),
    ("the ice plant", "an ammonia leak", "Sam Okoro", "night staff"),
    ("the ropewalk", "hemp from Leyte", "Rita Cole", "apprentices"),
    ("the pilot station", "a second launch", "Femi Adeyo", "pilots"),
    ("the net loft", "a broken skylight", "Una Walsh", "menders"),
    ("the seamen's chapel", "forty hymn books", "Luis Prado", "volunteers"),
    ("the fish market", "new drains", "Hana Mori", "stallholders"),
    ("the dry dock", "a leaking gate", "Ed Farrow", "welders"),
    ("the lighthouse road", "fallen rock", "Mei Tan", "residents"),
    ("the ferry slip", "a longer ramp", "Ivo Kral", "commuters"),
    ("the grain silo", "peregrine falcons", "Pat Doyle", "birdwatchers"),
)
_EVENTS = (
    ("a vote by the port board", "closed for repairs", "Thursday", "$41,000"),
    ("a storm that lasted two days", "opened to the public", "Sunday", "$9,500"),
    ("a lawsuit by the county", "sold to a cooperative", "Monday", "$230,000"),
)
_AUTHORS = ("Nora Achterberg", "Bill Tran", "Yusuf Kaya", "Della Price")
_BIOS = {
    "Nora Achterberg": "Nora Achterberg covers the docks and rows to work.",
    "Bill Tran": "Bill Tran writes about fish, prices and the price of fish.",
    "Yusuf Kaya": "Yusuf Kaya is the paper's columnist. He can be found on the sea wall.",
    "Della Price": "Della Price reports on courts, boards and the county.",
}
HEADING = "What happens next"
REFRAIN = "So the tide goes."
QUOTE = "We were here before the harbor had a name."
BACKGROUND = (
    "The port board took over the waterfront from the railroad in 1974 and has since leased most of it to small firms, "
    "under rules that were last changed nine years ago."
)
CORRECTION = "Correction: An earlier version of this story misspelled the name of the port's first harbor master."
LIST = ("a dry suit", "two ropes", "a whistle")


@dataclass(frozen=True)
class Story:
    number: int
    title: str
    author: str
    blocks: tuple[tuple[str, str], ...]  # (tag, text): its true blocks

    @property
    def url(self) -> str:
        return f"{ORIGIN}/2026/{self.number:02}/story-{self.number}"

    @property
    def captured(self) -> datetime:
        return datetime(2026, 3, 2, 6, tzinfo=UTC) + timedelta(hours=9 * self.number)


def stories() -> tuple[Story, ...]:
    """All stories, in order of their capture."""
    return tuple(_story(number) for number in range(len(_SUBJECTS) * len(_EVENTS)))


def _story(number: int) -> Story:
    place, thing, person, people = _SUBJECTS[number % len(_SUBJECTS)]
    event, outcome, day, sum_ = _EVENTS[number // len(_SUBJECTS)]
    author = _AUTHORS[number * 7 % 4]
    keeper = person.split()[1]
    paragraphs = (
        f"On {day} {place} was {outcome} after {event}, and the {people} who work there heard of it last, from a note "
        f"that somebody had pinned beside {thing}.",
        f"{person}, who has kept the keys to {place} for {number + 3} years, said it gave no reason. “Nobody asked "
        f"us about {thing},” said {keeper}, “and nobody asked the {people} either.”",
        f"The work will cost {sum_}, according to papers that the board released on {day}. A fifth of it is set aside "
        f"for {thing}, which the {people} have complained about since {1980 + number}.",
        f"A hearing about {place} is planned in week {number + 10}. Until then the {people} will use the yard behind "
        f"the old weighing house, where there is no room for {thing}.",
    )
    blocks = [("p", text) for text in paragraphs[:3]]
    if number % 3:
        blocks += [("h2", HEADING), ("p", paragraphs[3])]
    if author == "Yusuf Kaya":
        blocks.insert(2, ("p", REFRAIN))
    if number in (5, 17):
        blocks.insert(2, ("blockquote", QUOTE))
    if number in (8, 20):
        blocks[3:3] = [("li", item) for item in LIST]
    if number % 7 == 2:
        blocks.append(("p", BACKGROUND))
    if number in (1, 9, 19, 30):
        blocks.append(("p", CORRECTION))
    return Story(number, f"{place.title()} {outcome}: the {people} ask why", author, tuple(blocks))


def junk(story: Story) -> tuple[str, ...]:
    """Lines of a story's page that are not part of it, which general rules can't recognise."""
    if story.number < REDESIGN:
        return (
            f"This story is free to read because {400 + story.number} neighbors pay for it.",
            "The Tide Table: one letter, every weekday at six, free of charge.",
            "Hear it read aloud by the people of the harbor",
            _BIOS[story.author],
            "The Harbor Wire is a newsroom that belongs to those who read it.",
        )
    return (
        "Six stories a day, none of them about celebrities: our evening letter.",
        _BIOS[story.author],
        "The Harbor Wire has belonged to its readers since 2009 and means to stay so.",
    )


def page(story: Story) -> str:
    """A story's page."""
    before, inside, after = _around(story)
    body = "\n".join(_body(story, before, inside, after))
    older = [other for other in range(story.number - 4, story.number - 1) if other >= 0]
    related = "".join(
        f'<li><a href="{ORIGIN}/2026/{other:02}/story-{other}">{escape(_story(other).title)}</a></li>'
        for other in older
    )
    container = "entry-content" if story.number < REDESIGN else "post-body wide"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(story.title)} - The Harbor Wire</title>
<link rel="canonical" href="{story.url}"><meta property="og:type" content="article">
<meta name="author" content="{story.author}">
<meta property="article:published_time" content="{story.captured.isoformat()}"></head>
<body class="single postid-{story.number}"><header><a href="/">The Harbor Wire</a>
<nav><a href="/docks/">Docks</a></nav></header>
<article id="post-{story.number}" class="post-{story.number} post type-post hentry">
<h1 class="entry-title">{escape(story.title)}</h1>
<p class="byline">By <a href="/author/{story.author.split()[0].lower()}/" rel="author">{story.author}</a></p>
<div class="{container}">
{body}
<div class="sharedaddy"><h3 class="sd-title">Share this:</h3><ul><li><a href="#f">Facebook</a></li>\
<li><a href="#m">Mastodon</a></li></ul></div>
<div class="jp-relatedposts"><h3>You may also like</h3><ul>{related}</ul></div>
</div></article><footer><p>The Harbor Wire, 3 Weighing House Yard</p></footer></body></html>"""


def _around(story: Story) -> tuple[list[str], list[str], list[str]]:
    lines = [escape(line, quote=False) for line in junk(story)]
    if story.number < REDESIGN:
        support, letter, listen, bio, belongs = lines
        return (
            [f"<p>{support}</p>"],
            [f'<div class="wp-block-group letter"><p>{letter}</p><p>{listen}</p></div>'],
            [f"<p><em>{bio}</em></p>", f"<p>{belongs}</p>"],
        )
    letter, bio, belongs = lines
    return [], [], [f"<p>{letter}</p>", f'<div class="card"><p>{bio}</p></div>', f"<p>{belongs}</p>"]


def _body(story: Story, before: list[str], inside: list[str], after: list[str]) -> list[str]:
    made = list(before)
    for position, (tag, text) in enumerate(story.blocks):
        if position == 2:
            made += inside
        shown = escape(text, quote=False)
        if tag == "li":
            first = position == 0 or story.blocks[position - 1][0] != "li"
            last = position + 1 == len(story.blocks) or story.blocks[position + 1][0] != "li"
            made.append(f"{'<ul>' if first else ''}<li>{shown}</li>{'</ul>' if last else ''}")
        elif tag == "blockquote":
            made.append(f"<blockquote><p>{shown}</p></blockquote>")
        else:
            made.append(f"<{tag}>{shown}</{tag}>")
    return [*made, *after]
