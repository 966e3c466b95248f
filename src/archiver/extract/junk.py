"""What is no part of a story although it stands in it: each rule names its reason, so that it can be undone.

Rules look at how lines stand to each other and at what any news site prints, never at one site's markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archiver.extract.dates import is_date_line
from archiver.extract.lines import Line
from archiver.extract.titles import key_of
from archiver.model import Block, RemovedBlock

_CLOCK = r"(?:\d{1,2}:)?\d{1,2}:\d\d"
_PLAYER = re.compile(
    rf"^\W*(?:(?:play|pause|mute|unmute|volume|loading|escuchar?|reproducir|pausa|silenciar|listen|audio|speed|1x)\W*)*{_CLOCK}"
    rf"(?:\s*(?:/|\||-|–|of|de)\s*{_CLOCK})?(?:\W*(?:play|pause|mute|unmute|volume|loading|1x|speed))*\W*$",
    re.IGNORECASE,
)
_ZERO_CLOCK = re.compile(rf"^\W*(?:0{{1,2}}:00\s*/\s*{_CLOCK}|{_CLOCK}\s*/\s*{_CLOCK})\W*$")
_AD_LABEL = re.compile(
    r"^\W*(?:ads?|adverts?|advertisements?|advertising|ads? destiny link|ads? by \w+|ad feedback|sponsored(?: by| content| links?)?|paid content"
    r"|paid post|promoted(?: content)?|publicidad(?:es)?|anuncios?|patrocinado(?: por)?|contenido patrocinado|publicit[ée]|pubblicit[àa]"
    r"|annonce|anzeige|werbung|publicidade|propaganda|reklama?|advertentie|mainos)"
    r"(?:\W+(?:scroll (?:down )?to continue.{0,30}|continue reading below|story continues below|article continues below|skip (?:ad|advertisement)"
    r"|contin[úu]a (?:leyendo|abajo).{0,20}))?\W*$"
    r"|^\W*(?:story|article|content) continues (?:below|after).{0,40}$|^\W*scroll (?:down )?to continue.{0,40}$"
    r"|^\W*skip (?:past |this )?(?:ad|advertisement|newsletter promotion)\W*$",
    re.IGNORECASE,
)
_SOCIAL = r"(?:facebook|twitter|x|instagram|whatsapp|telegram|linkedin|pinterest|reddit|youtube|tiktok|threads|bluesky|mastodon|google news|e-?mail|flipboard)"
_OPENINGS = (
    r"(?:sign|signing) up (?:here |now |today |below )?(?:for|to|and|with)\b.{0,160}(?:newsletters?|inbox|alerts?|updates?|e-?mails?|bulletin|briefing|account|free)",
    r"(?:subscribe|register|join)\b.{0,120}\b(?:newsletters?|inbox|alerts?|e-?mails?|channel|podcast|today|unlimited|whatsapp|telegram|community|mailing list|subscribers?)\b",
    r"(?:subscribe|sign up|sign in|log ?in|register|subscribe now|join now|create (?:a |an )?(?:free )?account|start your free trial)\W*$",
    r"(?:get|receive|have)\b.{0,120}\b(?:(?:in|to) your (?:inbox|email|in-box)|newsletters?|straight to your)\b",
    r"(?:enter|type) your (?:e-?mail|name|zip)\b",
    r"(?:by (?:signing up|subscribing|submitting|clicking|registering|providing)|you can unsubscribe|unsubscribe at any)\b",
    r"(?:thank you|thanks) for (?:signing up|subscribing|reading|registering)\b",
    r"(?:download|get|install|try) (?:the|our)\b.{0,60}\bapp\b",
    rf"(?:follow|like|find|join|connect with|tweet)\b.{{0,60}}\b(?:on|at|via|@)\W*{_SOCIAL}\b.{{0,80}}$",
    rf"(?:share|compartir|comparte|partager|teilen|condividi|tweet|pin|save|print|email|e-mail)(?: (?:this|the|on|via|to|with|article|story|post|page|link|{_SOCIAL}|esta?|el|la|en|nota|noticia|art[íi]culo))*\W*$",
    rf"(?:{_SOCIAL}\W*){{2,}}$",
    r"(?:read|see|view|watch|listen|hear)\s?(?:more|also|next|now|this|related|the full (?:story|article))?\s*[:|»>].{0,200}$",
    r"(?:more(?: (?:on this|from|stories|news|like this|coverage|information))?|related(?: (?:articles?|stories|story|news|posts?|content|reading|topics|coverage|links?))?|also read|recommended(?: (?:reading|stories))?|up next|trending(?: now)?"
    r"|(?:don.?t|do not) miss|in case you missed it|you (?:may|might) (?:also )?(?:like|be interested in)|most (?:read|popular)|editor.?s (?:picks?|choice)|further reading|what to read next|top stories|keep reading|continue reading|read more|read also|learn more)\W*$",
    r"(?:related|also read|read also|read more|see also|more|recommended|must read|read next|don.?t miss|watch|listen|lea tambi[ée]n|lee tambi[ée]n|leer m[áa]s|te puede interesar|le puede interesar|ver tambi[ée]n|mira tambi[ée]n|vea tambi[ée]n|[àa] lire aussi|lire aussi|lesen sie auch|leia tamb[ée]m|leia mais|leggi anche)\s*[:|»>–—-]\s*\S.{0,200}$",
    r"(?:lea|lee|mira|vea|leia|leggi|lisez|lire) (?:tambi[ée]n|m[áa]s|tamb[ée]m|mais|anche|aussi)\b.{0,160}$",
    r"(?:te|le) (?:puede|podr[íi]a) interesar\b.{0,160}$",
    r"(?:click|tap|haga clic|haz clic|clique|cliquez)\b.{0,10}\b(?:here|aqu[íi]|ici)\b.{0,120}$",
    r"(?:suscr[íi]bete|suscr[íi]base|reg[íi]strate|inscr[íi]bete|s[íi]guenos|descarga (?:la|nuestra) app|[úu]nete a)\b.{0,160}$",
    r"(?:abonnez-vous|inscrivez-vous|t[ée]l[ée]chargez|iscriviti|seguici|abonnieren sie|assine|inscreva-se|siga-nos|cadastre-se)\b.{0,160}$",
    r"already (?:a |have )(?:subscriber|an account|member)\b.{0,80}$",
    r"(?:(?:this|that|the|our) (?:article|post|story|page|site|content)(?: \w+)? (?:may |might )?contains? (?:affiliate|referral|sponsored)|we (?:may|might) (?:earn|receive|get) (?:a |an )?(?:small )?(?:affiliate )?(?:commission|compensation|money)|as an amazon associate)\b",
    r"(?:©|copyright\b|\(c\) ?\d{4}|all rights reserved)",
    r"(?:this material may not be published|the associated press contributed|reprinted with permission)\b.{0,200}$",
    r"(?:your browser does not support|please enable javascript|enable javascript|javascript is (?:disabled|required)|this video (?:is not|can ?not)|video player is loading|an error (?:has )?occurred)\b.{0,160}$",
    r"(?:leave a (?:comment|reply)|post a comment|comments?(?: \(?\d*\)?)?|view comments|show comments|\d+ comments?|add a comment|join the (?:conversation|discussion)|comentarios?|deja un comentario)\W*$",
    r"(?:back to top|skip to (?:main )?content|go to top|jump to (?:recipe|navigation)|table of contents|advertiser disclosure|print|loading\W*|show more|load more|view all|see all|read full article|listen to this article|text size|font size)\W*$",
    r"\d{1,3} ?min(?:ute)?s? (?:read|de lectura|lesen|de lecture)\W*$",
    r"(?:reading time|read time|tiempo de lectura|lesezeit|temps de lecture)\W.{0,20}$",
    r"(?:do you have|got|have) (?:a )?(?:news )?(?:tip|story|question|correction|confidential)\b.{0,160}$",
)  # fmt: skip
_ANYWHERE = (
    r"\b(?:to continue reading|subscribe to (?:read|continue|unlock)|for subscribers only|unlock this article|your (?:free|remaining) articles?|this (?:article|content|story) is (?:for|available to|only for) (?:subscribers|members))\b.{0,120}$",
)  # fmt: skip
_PROMPT = re.compile(r"^\W*(?:" + "|".join(_OPENINGS) + ")", re.IGNORECASE)
_PROMPT_INSIDE = re.compile("|".join(_ANYWHERE), re.IGNORECASE)
_LIST_HEADING = re.compile(
    r"^\W*(?:(?:our |the |nuestros? |los |las )?(?:podcasts?|episod(?:es|ios)|[úu]ltim[oa]s|latest|recent|recientes|related|relacionad[oa]s|m[áa]s|more|listen|escucha|archive|archivo|previous|anteriores|news|noticias|videos?|stories|historias)\b.{0,40})$",
    re.IGNORECASE,
)
_LONGEST_PROMPT = 400
_WALL = "x" * 200  # in place of a line that no list of dated titles can hold
_YEAR = re.compile(r"(?:19|20)\d\d")


def is_player(text: str) -> bool:
    """A media player's clock and buttons: `00:00 / 00:00`."""
    return len(text) <= 60 and (_ZERO_CLOCK.match(text) is not None or ("/" in text and _PLAYER.match(text) is not None))


def is_ad_label(text: str) -> bool:
    """What stands over or in place of an advertisement: `Advertisement`, `Publicidad`, `Ads destiny link`."""
    return len(text) <= 90 and _AD_LABEL.match(text) is not None


def is_prompt(text: str) -> bool:
    """A line that asks for something (newsletter, app, share, log in) or leads elsewhere (related, read more)."""
    return len(text) <= _LONGEST_PROMPT and (_PROMPT.match(text) is not None or _PROMPT_INSIDE.search(text) is not None)


def junk_lines(lines: Sequence[Line]) -> dict[int, str]:
    """Positions of lines that must go before the text is chosen, with their reasons."""
    found: dict[int, str] = {}
    for index, line in enumerate(lines):
        if len(line.text) > 90:
            continue
        if is_player(line.text):
            found[index] = "player"
        elif is_ad_label(line.text):
            found[index] = "ad_label"
        elif len(line.nodes) > 1 and all(is_ad_label(str(node)) or is_player(str(node)) for node in line.nodes):
            found[index] = "player" if is_player(str(line.nodes[0])) else "ad_label"
    found.update(_split_players(lines, found))
    for start, end in dated_runs([_WALL if i in found else _spaced(line) for i, line in enumerate(lines)], [_sign(line) for line in lines]):
        first = _heading_before(lines, start)
        for index in range(first, end):
            found.setdefault(index, "date_list")
    return found


def _split_players(lines: Sequence[Line], known: dict[int, str]) -> dict[int, str]:
    """A clock in three elements: 00:00, /, 00:00."""
    found: dict[int, str] = {}
    for index in range(len(lines) - 1):
        if index in known or len(lines[index].text) > 8 or not re.fullmatch(rf"{_CLOCK}\W?", lines[index].text):
            continue
        for size in (2, 3):
            parts = lines[index : index + size]
            joined = " ".join(line.text for line in parts)
            if len(joined) < 24 and (_ZERO_CLOCK.match(joined) or (size == 2 and re.fullmatch(r"0?0:00 \d{1,2}:\d\d", joined))):
                found.update(dict.fromkeys(range(index, index + size), "player"))
                break
    return found


def dated_runs(texts: Sequence[str], signs: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of three or more short titles with a date each, as lists of episodes and of other stories have.

    Titles and dates may stand in one line or in two, in either order, with a stray short line (a number, "Play")
    between entries. `signs` say what each line is set as: the titles of a list are set alike.
    """
    dated = [index for index, text in enumerate(texts) if len(text) <= 140 and _YEAR.search(text)]
    if len(dated) < 3:
        return []
    marks = ["text" if len(text) > 120 or (len(text) > 40 and text[-1] in ".;:,") else "short" for text in texts]
    for index in dated:
        marks[index] = _mark(texts[index], marks[index])
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(texts):
        if marks[index] not in ("date", "both"):
            index += 1
            continue
        end, entries, titles = _run_from(marks, index)
        begin = index
        if marks[index] == "date":
            inside = {signs[at] for at in range(index, end) if marks[at] == "short"}
            if index and marks[index - 1] == "short" and (signs[index - 1] in inside or not inside):
                begin, titles = index - 1, titles + 1
            elif end < len(texts) and marks[end] == "short" and signs[end] in inside:
                end, titles = end + 1, titles + 1
        if entries >= 3 and titles >= entries - 1:
            runs.append((begin, end))
        index = max(end, index + 1)
    return runs


def _run_from(marks: Sequence[str], start: int) -> tuple[int, int, int]:
    """(end, number of dates, number of titles) of a run whose first date is at `start`."""
    end, entries, titles, gap = start, 0, 0, 0
    at = start
    while at < len(marks) and gap <= 2 and marks[at] != "text":
        if marks[at] == "short":
            gap += 1
        else:
            entries += 1
            titles += marks[at] == "both" or 0 < gap
            end, gap = at + 1, 0
        at += 1
    return end, entries, titles


def _mark(text: str, otherwise: str) -> str:
    if is_date_line(text):
        return "date"
    return "both" if _ends_with_date(text) or _begins_with_date(text) else otherwise


def _ends_with_date(text: str) -> bool:
    return any(is_date_line(text[match.end() :]) for match in re.finditer(r"[\s|,·•–—-]+", text) if len(text) - match.end() <= 40)


def _begins_with_date(text: str) -> bool:
    if not text[:40].strip() or not any(char.isdigit() for char in text[:40]):
        return False
    ends = [match.start() for match in re.finditer(r"[\s|,·•–—:-]+", text[:48])]
    return any(is_date_line(text[:end]) for end in ends) and len(text) <= 120


def _spaced(line: Line) -> str:
    """A line's text; where one of its inline elements is a date, parted from the rest as the page's style would."""
    if len(line.nodes) < 2 or len(line.text) > 140 or not any(char.isdigit() for char in line.text):
        return line.text
    parts = [" ".join(str(node).split()) for node in line.nodes]
    return " | ".join(parts) if any(is_date_line(part) for part in parts) else line.text


def _sign(line: Line) -> str:
    return str(line.element.tag) + "." + (line.element.get("class") or "")


def _heading_before(lines: Sequence[Line], start: int) -> int:
    """The list's own heading goes with it: a short heading element right above."""
    if start == 0:
        return start
    above = lines[start - 1]
    is_heading = str(above.element.tag) in ("h2", "h3", "h4", "h5", "h6", "th", "caption", "dt", "legend", "summary")
    named = len(above.text) <= 50 and _LIST_HEADING.match(above.text) is not None
    return start - 1 if (is_heading and len(above.text) <= 60) or named else start


def sift(
    blocks: Iterable[Block], title_keys: frozenset[str], caption_keys: frozenset[str]
) -> tuple[tuple[Block, ...], tuple[RemovedBlock, ...]]:
    """Parts a story's blocks from what doesn't belong: repeated title, captions, prompts, paragraphs that only link."""
    blocks = list(blocks)
    reasons: dict[int, str] = {}
    body = _body_start(blocks, caption_keys)
    for index, block in enumerate(blocks):
        reason = _reason(block, index <= body + 1, title_keys, caption_keys)
        if reason:
            reasons[index] = reason
    texts = [block.text if block.kind != "table" else _WALL for block in blocks]
    for start, end in dated_runs(texts, [f"{block.kind}{block.level}" for block in blocks]):
        for index in range(start, end):
            reasons.setdefault(index, "date_list")
        if start and blocks[start - 1].kind == "heading" and len(blocks[start - 1].text) <= 60:
            reasons.setdefault(start - 1, "date_list")
    for index, block in enumerate(blocks):
        if block.kind == "table" and _is_date_table(block.text):
            reasons.setdefault(index, "date_list")
    kept = tuple(block for index, block in enumerate(blocks) if index not in reasons)
    removed = tuple(RemovedBlock(block, reasons[index]) for index, block in enumerate(blocks) if index in reasons)
    return kept, removed


def _is_date_table(text: str) -> bool:
    rows = [row.replace(" | ", "\n").split("\n") for row in text.split("\n")]
    lines = [cell for row in rows for cell in row]
    runs = dated_runs(lines, [""] * len(lines))
    return sum(end - start for start, end in runs) >= max(6, len(lines) * 0.7)


def _body_start(blocks: Sequence[Block], caption_keys: frozenset[str]) -> int:
    """Where the running text begins: the first long paragraph that isn't a caption."""
    for index, block in enumerate(blocks):
        if block.kind == "paragraph" and len(block.text) >= 150 and key_of(block.text) not in caption_keys:
            return index
    return min(len(blocks), 10)


def _reason(block: Block, leading: bool, title_keys: frozenset[str], caption_keys: frozenset[str]) -> str | None:
    text = block.text
    if len(text) > 1200:
        return None
    key = key_of(text)
    if not key:
        return "empty" if block.kind != "code" else None
    reason: str | None = None
    if key in title_keys and (leading or (block.kind == "heading" and block.level <= 1)):
        reason = "title_repeated"
    elif key in caption_keys:
        reason = "caption"
    elif is_player(text):
        reason = "player"
    elif is_ad_label(text):
        reason = "ad_label"
    elif block.kind != "table" and is_prompt(text):
        reason = "prompt"
    elif block.kind == "paragraph" and block.link_density >= 0.9 and len(text) < 200:
        reason = "link_only"
    return reason
