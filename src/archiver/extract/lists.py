"""Signs that a page is a list, a shop, a forum, or about the site itself."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from archiver.declared_types import FORUM_TYPES, SHOP_TYPES
from archiver.extract.lines import INLINE, Line
from archiver.extract.linked import lead_of
from archiver.extract.page import Page
from archiver.extract.prose import PARAGRAPH, STORY_PARAGRAPHS, Prose, is_cut, weight
from archiver.extract.teasers import is_elsewhere

_BESIDE_TAGS = frozenset({"nav", "aside", "footer", "header"})
_BESIDE = re.compile(
    r"related|recommend|relacionad|side-?bar|widget|most-?(?:read|popular|viewed)|trending|popular|more-(?:from|stories|news)|read-?(?:next|also)"
    r"|also-(?:read|like)|you-may|onward|navigat|\bnav\b|menu|breadcrumb|footer",
    re.IGNORECASE,
)
_LISTING_PATH = re.compile(
    r"^/?(?:index\.\w+|home)?$|/(?:tags?|etiquetas?|authors?|autor(?:es)?|search|buscar?)(?:/|$)"
    # Two levels below a section name anything is possible: /topics/harbour/the-mayor-resigns.
    r"|/(?:topics?|temas?|categor(?:y|ies|ia|ias)|sections?|secci[oó]n(?:es)?|archives?|page|collections?)(?:/[^/]*)?/?$"
    r"|/(?:feed|rss|sitemap|login|signin|register|subscribe|contact|about|privacy|terms)(?:-(?:us|policy|page|of-(?:use|service)))?(?:[/.]|$)|/page/\d+/?$",
    re.IGNORECASE,
)
_LISTING_QUERY = re.compile(r"(?:^|&)(?:s|search|query|keywords?|cat|tag|author|paged)=[^&]*$", re.IGNORECASE)
# All stories of a year, a month or a day: /2024/05/, /2024/05/page/3/. Not after a headline:
# /the-last-ferryman-rows/2024/05.
_DATE_ARCHIVE = re.compile(r"/(?:19|20)\d\d(?:/[01]?\d(?:/[0-3]?\d)?)?/?(?:page/\d+/?)?$", re.IGNORECASE)
# The URL of a story below the name of a list: a day, a number, a headline.
_STORY_BELOW = re.compile(
    r"/(?:19|20)\d\d/(?:[01]?\d|[a-z]{3})(?:/[0-3]?\d)?/[^/]{3,}|/(?:19|20)\d\d[-/][01]\d[-/][0-3]\d(?:/|$)|/\d{6,}[^/]*/?$|/[^/]*\d{6,}/?$"
    r"|/[^/]*(?:[-_][^/_-]+){2,}\.\w{3,5}$|/[^/]*(?:[-_][^/_-]+){5,}/?$",
    re.IGNORECASE,
)
_HEADLINE = re.compile(r"/[^/]*(?:[-_][^/_-]+){4,}$")  # as a path segment
_FORUM_SOFTWARE = re.compile(
    r"phpbb|vbulletin|xenforo|discourse|mybb|smf|simple machines|invision|vanilla|nodebb|flarum", re.I
)
_FORUM_PATH = re.compile(
    r"/(?:forums?|foros?|threads?|boards?|viewtopic|showthread|discussions?|t|questions)(?:[/.?-]|$)", re.I
)
_REPLY = re.compile(
    r"^\W*(?:reply|quote|responder|citar|antworten|zitieren|r[ée]pondre|citer|rispondi|joined|member since|posts|messages|reputation"
    r"|(?:solved|best|accepted) answer|(?:\d+ )?(?:answers|replies|respuestas|antworten)|posted by|like this post)\b.{0,40}$",
    re.IGNORECASE,
)
_CART = re.compile(
    r"(?<![^\W\d_])(?:add to (?:cart|basket|bag|trolley)|buy now|in den (?:warenkorb|einkaufswagen)|a[ñn]adir (?:al carrito|a la cesta)|agregar al carrito"
    r"|ajouter au panier|aggiungi al carrello|adicionar ao carrinho|comprar|in winkelwagen|dodaj do koszyka|カートに入れる|加入购物车|quick (?:view|shop|add)|choose options|select options|sold out)\W*$",
    re.IGNORECASE,
)
_PRICE = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur)|r\$)\s?\d[\d.,]*|\d[\d.,]*\s?(?:€|zł\b|kr\b|usd\b|eur\b)", re.IGNORECASE)
_LEAST_HEADLINE = 20  # as `weight` counts
_LINKED_ENTRY = 0.6  # of an entry that also has its place or price in the line
_LONGEST_ENTRY = 160  # characters of a product in a list: name, price, button
_MEMBER = re.compile(
    r"^(?:\S+\W+)?(?:(?:joined|member since|registered|registriert seit|beigetreten|registrado|inscrit)\b\W*(?:on |in |since )?(?:[^\W\d]{3,9}\W{1,3})?\d.{0,40}|(?:reply\W+)?(?:quote|zitieren|citar|citer)(?:\W+reply)?\W*"
    r"|(?:answered|best answer|accepted answer|antwortete|respondió|a répondu)\b.{0,40})$",
    re.IGNORECASE,
)
_MEMBERS = 3
_PHONE = re.compile(
    r"(?:\btel|\bt[ée]l|\bphone|\bfax|\btelefon|\btel[ée]fono|\btelefone|☎|📞|电话|電話)\.?\W{0,4}[\d(+]", re.IGNORECASE
)
_PHONES = 6
_BUTTON = re.compile(r"(?:^|[\s_-])(?:btn|button|cta)(?:$|[\s_-])", re.IGNORECASE)
_SORTING = re.compile(
    r"^\W*(?:sort by|filter by|filters?|sort|ordenar por|filtrar|trier par|sortieren nach|ordina per|showing \d+.{0,40}|\d+[\d,.]* (?:items|products|results|articles|posts|jobs|properties)(?: found)?|view (?:as )?(?:grid|list)|load more|show more|next page)\b.{0,30}$",
    re.IGNORECASE,
)
_LIST_NAME = re.compile(
    r"(?:(?:our|the|all|latest|recent|upcoming|current|open|more|meet (?:our|the)|useful|browse|featured|online) )*"
    r"(?:team|people|staff|leadership(?: team)?|board|authors|contributors|members|partners|clients|customers|customer stories|case studies|projects|portfolio|services|products|shop|store"
    r"|jobs|careers|vacancies|positions|openings|job openings|events?|events? calendar|calendar|agenda|programme|schedule|news|newsroom|blog|articles|posts|press releases|press|media|resources?|resource library|library|documentation|docs"
    r"|guides|tutorials|courses|classes|workshops|webinars|podcasts?|episodes|videos?|photos|gallery|galleries|recipes|reviews|downloads|publications|glossary(?: of .{1,60})?|directory|categories|topics|archives?|links|faqs?|locations|stores|what.?s on|tv (?:tonight|guide|listings|programmes?)|league table|standings|(?:live )?scores|fixtures|(?:fixtures and )?results|stellenangebote|veranstaltungen"
    r"|termine|aktuelles|neuigkeiten|equipo|noticias|eventos|servicios|productos|recursos|actualit[ée]s|[ée]v[ée]nements|notizie|eventi|servizi|prodotti)",
    re.IGNORECASE,
)
_TOLD = 0.5  # of a line that describes the page it links to
_PARTLY_LINKED = 0.3
_LONGEST_LINK = 110  # characters of a line that is mostly a link
_LEAST_STORY = 100  # as `weight` counts
_LEAST_TEXT = 25
_MANY = 8
_LANGUAGE = 2  # characters of a path segment such as /en/
_NEAR_LINK = 3  # lines between the name of a product and its price
_ABOUT_SITE = (
    r"(?:(?:our |website |general |data )?(?:privacy|cookies?)(?: (?:and|&) (?:privacy|cookies?))?(?: (?:policy|notice|statement|settings))?|terms(?: (?:and|&) conditions| (?:of|for) (?:use|service|sale)|)|legal(?: (?:notice|information|terms))?|imprint|disclaimer"
    r"|accessibility statement|contact(?: us)?|about(?: us)?|impressum|datenschutz(?:erkl[äa]rung|hinweise)?|agb|nutzungsbedingungen|(?:allgemeine )?gesch[äa]ftsbedingungen|kontakt|barrierefreiheit"
    r"|aviso(?:s)? legal(?:es)?|pol[íi]tica de (?:privacidad|cookies|protecci[óo]n de datos|privacidade)|t[ée]rminos(?: y condiciones| de (?:uso|servicio))?|condiciones (?:generales|de uso)|termos de (?:uso|servi[çc]o)"
    r"|mentions l[ée]gales|politique de (?:confidentialit[ée]|cookies)|conditions g[ée]n[ée]rales(?: d.utilisation| de vente)?|note legali|informativa (?:sulla )?privacy|termini e condizioni|privacyverklaring|privacybeleid|algemene voorwaarden|colofon"
    r"|polityka prywatno[śs]ci|regulamin|integritetspolicy|personvern|tietosuojaseloste|политика конфиденциальности|пользовательское соглашение|隐私政策|隐私权政策|使用条款|服务条款|関于我们|プライバシーポリシー|利用規約|個人情報保護方針|特定商取引法に基づく表記|개인정보\s?처리방침|이용약관|นโยบายความเป็นส่วนตัว)"
)
_ABOUT_TITLE = re.compile(rf"\W*{_ABOUT_SITE}\W*(?:\s[|–—·:-]\s.{{0,60}})?", re.IGNORECASE)
_ABOUT_PATH = re.compile(rf"\W*{_ABOUT_SITE}(?:\.\w{{2,5}})?\W*", re.IGNORECASE)


def has_listing_path(page: Page) -> bool:
    """Whether the URL is that of a list, and not of a story below it or of a story whose URL ends with its day."""
    parts = urlsplit(page.url)
    # The front page may show anything for a query: WordPress's ?p=12, Drupal's ?q=node/12.
    if parts.query and not re.sub(r"^/?(?:index\.\w+)?$", "", parts.path):
        return _LISTING_QUERY.search(parts.query) is not None
    archive = _DATE_ARCHIVE.search(parts.path)
    if archive:
        return not _HEADLINE.search(parts.path[: archive.start()])
    return bool(_LISTING_PATH.search(parts.path)) and not _STORY_BELOW.search(parts.path)


def is_about_site(page: Page, title: str) -> bool:
    """Whether title or URL name a page that every site has: imprint, privacy, terms, contact."""
    last = unquote(urlsplit(page.url).path).rstrip("/").rpartition("/")[2]
    words = re.sub(r"[-_+]", " ", last)
    return bool(_ABOUT_TITLE.fullmatch(title)) or (bool(words) and bool(_ABOUT_PATH.fullmatch(words)))


def is_forum(page: Page, kinds: set[str], declared: bool, lines: Sequence[Line]) -> bool:
    """Whether a page is a thread: its markup, its software or what it says of its members declares it, or its URL does
    and it has reply marks."""
    if kinds & FORUM_TYPES and not declared:
        return True
    if declared:
        return False
    body = page.body
    says = f"{page.meta('generator') or ''} {body.get('class') or ''} {body.get('id') or ''}"
    if _FORUM_SOFTWARE.search(says[:500]):
        return True
    members = (line for line in lines if len(line.text) <= 70 and _MEMBER.match(line.text))
    if sum(1 for line in members if not is_elsewhere(line.element)) >= _MEMBERS:
        return True
    if not _FORUM_PATH.search(urlsplit(page.url).path):
        return False
    return sum(1 for line in lines if len(line.text) <= 50 and _REPLY.match(line.text)) >= 3


def is_shop(page: Page, kinds: set[str], prose: Prose, lines: Sequence[Line]) -> bool:
    """Whether a page sells one product or a collection. If it has running text, the page must declare it."""
    if (page.meta("og:type") or "").lower().startswith("product"):
        return True
    short = [line.text for line in lines if len(line.text) <= _LONGEST_ENTRY and line.element.tag != "p"]
    carts = sum(1 for text in short if _CART.search(text))
    if carts and kinds & SHOP_TYPES:
        return True
    count, eighth = products(page, lines)
    if count >= _MANY:
        below = sum(weight(line.text) for line in lines[eighth:] if weight(line.text) >= PARAGRAPH)
        return prose.run < STORY_PARAGRAPHS or below * 2 >= prose.chars  # a collection's description is below it
    if prose.run >= STORY_PARAGRAPHS:
        return False
    prices = sum(1 for text in short if _PRICE.search(text))
    sorting = any(len(text) <= 60 and _SORTING.match(text) for text in short)
    return carts >= 4 or (prices >= 8 and (carts >= 1 or sorting))


def entries(page: Page, lines: Sequence[Line]) -> int:
    """The list's own entries: the count of the page's most frequent sign of an entry, without boxes beside a story
    (related, most read).

    Signs are headlines that only link to the same site (headings, or lines in similar boxes), the same short link below
    several texts ("Read more"), and truncated texts.
    """
    headings = cut = 0
    alike: dict[tuple[str, str, str], int] = {}
    below: dict[str, int] = {}
    beside: dict[HtmlElement, bool] = {}
    before: Line | None = None
    for line in lines:
        size = weight(line.text)
        above, before = before, line
        if line.link_density <= (0.9 if line.element.tag == "p" else _LINKED_ENTRY):
            cut += size >= _LEAST_HEADLINE and is_cut(line.text) and not _stands_beside(line.element, beside)
            continue
        follows_text = above is not None and above.link_density < 0.5 and weight(above.text) >= _LEAST_HEADLINE
        if size > 250 or (size < _LEAST_HEADLINE and not follows_text):
            continue
        if _stands_beside(line.element, beside) or lead_of(line.element, page.url) == "out":
            continue
        if size < _LEAST_HEADLINE:
            below[line.text] = below.get(line.text, 0) + 1
            if _is_button(line):
                below[""] = below.get("", 0) + 1  # whatever is on it
        elif line.element.tag in ("h2", "h3", "h4"):
            headings += 1
        else:
            key = _set_as(line.element)
            alike[key] = alike.get(key, 0) + 1
    return max(headings, cut, *alike.values(), *below.values())


def _is_button(line: Line) -> bool:
    anchor = next(line.element.iter("a"), None)
    return anchor is not None and _BUTTON.search(anchor.get("class") or "") is not None


def is_directory(lines: Sequence[Line]) -> bool:
    """Whether a page lists telephone numbers, one for each entry."""
    return sum(1 for line in lines if len(line.text) <= _LONGEST_ENTRY and _PHONE.search(line.text)) >= _PHONES


def introduced(page: Page, lines: Sequence[Line]) -> frozenset[int]:
    """The positions of lines that describe a page to which a link directly before them leads, like the entries of a
    directory or of search results: the line begins with the link, or follows a short line that is mostly a link. Only
    entries that are set alike and lead to different pages count, and at least eight."""
    found: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    beside: dict[HtmlElement, bool] = {}
    before: str | None = None  # the target of the short linked line above
    for index, line in enumerate(lines):
        target = _leads_to(line, page.url)
        above, before = before, target if target and _is_short_link(line) else None
        told = target if target and line.link_density < _TOLD and not _is_short_link(line) else above
        if told is None or line.link_density >= _TOLD or weight(line.text) < _LEAST_TEXT:
            continue
        if not _stands_beside(line.element, beside):
            found.setdefault(_set_as(line.element), {}).setdefault(told, []).append(index)
    return frozenset(
        index for leads in found.values() if len(leads) >= _MANY for places in leads.values() for index in places
    )


def _leads_to(line: Line, url: str) -> str | None:
    """The target of the link at the start of a line, if it is another page of the same site."""
    if not line.linked:
        return None
    first = line.nodes[0]
    place: HtmlElement | None = first.getparent().getparent() if first.is_tail else first.getparent()
    while place is not None and place.tag in INLINE:
        if place.tag == "a":
            target = place.get("href") or ""
            return target if lead_of(place, url) == "own" and not target.startswith("mailto:") else None
        place = place.getparent()
    # "8:00 The harbour at night": a time before the link
    anchor = next(line.element.iter("a"), None) if len(line.text) < _LONGEST_LINK else None
    return (anchor.get("href") or None) if anchor is not None and lead_of(anchor, url) == "own" else None


def _is_short_link(line: Line) -> bool:
    return len(line.text) < _LONGEST_LINK and line.link_density >= _PARTLY_LINKED and weight(line.text) < _LEAST_STORY


def products(page: Page, lines: Sequence[Line]) -> tuple[int, int]:
    """The number of products of the same site that a page shows with their prices, and the position of the eighth."""
    count = eighth = 0
    last = -10
    beside: dict[HtmlElement, bool] = {}
    for index, line in enumerate(lines):
        if len(line.text) > _LONGEST_ENTRY or line.element.tag in ("p", "td", "th"):
            continue
        if (
            line.link_density > 0
            and not _stands_beside(line.element, beside)
            and lead_of(line.element, page.url) == "own"
        ):
            last = index
        if _PRICE.search(line.text) and index - last <= _NEAR_LINK:
            last = -10
            count += 1
            eighth = index if count == _MANY else eighth
    return count, eighth


def has_list_name(title: str) -> bool:
    """Whether a title is only a usual name of a list: "Our team", "Upcoming events", "Press releases"."""
    return _LIST_NAME.fullmatch(title.partition(" | ")[0].partition(" – ")[0].strip()) is not None


def is_named_as_list(page: Page, title: str) -> bool:
    """Whether the title, or a URL with one path segment (/events, /en/our-team), is a usual name of a list."""
    steps = [step for step in unquote(urlsplit(page.url).path).split("/") if step]
    steps = steps[1:] if steps and len(steps[0]) <= _LANGUAGE else steps
    return has_list_name(title) or (len(steps) == 1 and has_list_name(re.sub(r"[-_+]", " ", steps[0])))


def _set_as(element: HtmlElement) -> tuple[str, str, str]:
    """What the lines of a list's entries share: tag, class, and the parent of their box."""
    above = element.getparent()
    outer = above.getparent() if above is not None else None
    return (
        str(element.tag),
        element.get("class") or "",
        "" if outer is None else f"{outer.tag!s} {outer.get('class') or ''}",
    )


def _stands_beside(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    above = element.getparent()
    home = element if above is None or above.tag == "body" else above
    if home not in known:
        known[home] = _is_beside(element)
    return known[home]


def _is_beside(element: HtmlElement) -> bool:
    """Whether an element is in navigation or in boxes beside the page's own content."""
    for above in (element, *element.iterancestors()):
        if above.tag in ("body", "main"):
            return False
        name = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag in _BESIDE_TAGS or (len(name) > 1 and _BESIDE.search(name)):
            return above.find(".//h1") is None
    return False
