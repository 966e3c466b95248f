"""The values that pass between the stages of the data flow: plain frozen data.

    spider -> Exchange -> recorder -> WARC -> (Capture, payload) -> extract -> Article | Skip -> Batch -> Index -> Hit

Every value except `Exchange` can be pickled (to cross process boundaries) and compared (in tests).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal

BlockKind = Literal["paragraph", "heading", "quote", "list_item", "table", "caption", "code"]
Truncation = Literal["time", "length", "disconnect", "unspecified"]
PageType = Literal["story", "listing", "video", "live", "other"]


@dataclass(frozen=True, slots=True)
class TlsSession:
    """The TLS session of an exchange."""

    version: str  # tls/1.3
    cipher: str | None  # as the IANA names it; None for one without a name
    verdict: str  # `verified`, or why the certificate is not trusted


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, as the exact bytes on the wire.

    `response` is open for reading at position 0 and has `response_size` bytes: one final response from its status line
    to its last byte, with transfer and content codings. Interim (1xx) responses are in `interim`, because readers would
    use their status as that of the record.
    """

    url: str
    started: datetime  # UTC: when the first byte of the request was written
    request: bytes
    response: BinaryIO
    response_size: int
    interim: bytes = b""
    ip: str | None = None  # the peer's IP address; None if a proxy was used
    truncated: Truncation | None = None
    tls: TlsSession | None = None
    masked_request: tuple[str, ...] = ()  # names of the fields whose secret values were replaced by `*`
    masked_response: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRef:
    """The place of one WARC record: enough to read it with any tool."""

    warc_file: str  # file name without folder and without `.open`
    offset: int  # of the gzip member, in the file
    length: int  # of the gzip member
    record_id: str  # <urn:uuid:...>; of a record without one <urn:sha1:...> of its bytes
    # Position of the record in the decompressed member. None: at its start, where any tool finds it.
    position: int | None = None


@dataclass(frozen=True, slots=True)
class PayloadRecord:
    """The response record with a payload, to which revisits refer; never a revisit itself."""

    digest: str  # sha1:BASE32, as in WARC-Payload-Digest
    record_id: str
    url: str  # WARC-Target-URI
    date: datetime  # UTC, WARC-Date
    warc_file: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The record written for an exchange, and the record with its payload (the same, or an earlier one)."""

    ref: RecordRef
    payload: PayloadRecord | None  # None if no revisit may refer to it: errors, empty or incomplete responses
    revisit: bool = False
    tls: str | None = None  # result of the certificate check


@dataclass(frozen=True, slots=True)
class Capture:
    """One WARC record with the response of a URL at a time; its payload is passed separately."""

    ref: RecordRef
    record_type: Literal["response", "revisit", "resource", "conversion"]
    url: str
    fetched_at: datetime  # UTC, WARC-Date
    http_status: int | None
    mime: str | None  # lower case, without parameters
    charset: str | None  # as the Content-Type header declares it
    http_headers: tuple[tuple[str, str], ...] = ()
    payload_digest: str | None = None  # sha1:BASE32 over the entity body without transfer coding
    ip: str | None = None
    truncated: str | None = None
    warcinfo_id: str | None = None
    refers_to_url: str | None = None  # for a revisit: the capture with the payload
    refers_to_date: datetime | None = None
    refers_to_id: str | None = None  # its record's id
    certificate: str | None = None  # Archiver-Certificate: `verified`, or why the server's certificate is not trusted

    def header(self, name: str) -> str | None:
        """First value of an HTTP header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.http_headers if key.lower() == wanted), None)


# Directives about archiving in a page's meta tags or the field X-Robots-Tag.
ROBOTS_WORDS = frozenset({"noarchive", "nocache", "noindex", "none", "noai", "noimageai"})


@dataclass(frozen=True, slots=True)
class TdmRule:
    """One rule of a site's tdmrep.json: whether text and data mining is reserved for matching paths."""

    location: str  # a path pattern as in robots.txt
    reserved: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page's text, in reading order, with its position on the page."""

    kind: BlockKind
    text: str
    path: str = ""  # tag path with classes, outermost first: "article.node/div.body/p"
    level: int = 0  # of a heading: 1-6
    link_density: float = 0.0  # characters inside <a> over all characters

    def __reduce__(self) -> tuple[Any, ...]:  # pickling takes a quarter of a dataclass's time; a page has hundreds
        return Block, (self.kind, self.text, self.path, self.level, self.link_density)


@dataclass(frozen=True, slots=True)
class RemovedBlock:
    """A block that was removed from a story's text, and the rule that removed it. Kept so that it can be restored."""

    block: Block
    # title_repeated, cut_lead, caption, player, ad_label, date_list, other_stories, prompt, link_only, standfirst,
    # hidden, struck_out, layout, or boilerplate
    reason: str


@dataclass(frozen=True, slots=True)
class Image:
    url: str  # empty for a caption whose image the page does not name
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    url: str  # absolute
    text: str  # anchor text, white space folded
    in_story: bool = False  # within the story's own text

    def __reduce__(self) -> tuple[Any, ...]:  # as Block's
        return Link, (self.url, self.text, self.in_story)


@dataclass(frozen=True, slots=True)
class Article:
    """A story extracted from one captured page: clean text in blocks, and metadata with its provenance."""

    url: str  # canonical
    title: str
    blocks: tuple[Block, ...]
    standfirst: str | None = None  # the summary between headline and text; not part of the text
    language: str | None = None  # ISO 639-1, detected from the text
    description: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    date_published: str | None = None  # ISO 8601: a date, or a time with UTC offset if the page states one
    date_published_source: str | None = None  # layout, json-ld, meta, time, url, text
    date_published_raw: str | None = None
    date_modified: str | None = None
    images: tuple[Image, ...] = ()  # the lead image first
    links: tuple[Link, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()  # hreflang: (language, absolute URL)
    shared_id: str | None = None  # possible IDs of the story in all its languages: "link 7697", "url 123456"
    claims: tuple[tuple[str, str], ...] = ()  # the URLs that the page claims as its own: (witness, absolute URL)
    turns: tuple[tuple[str, str], ...] = ()  # previous and next pages of the story: (prev, next or page; absolute URL)
    reservations: tuple[str, ...] = ()  # directives about archiving in its head: noarchive, tdm-reservation, ...
    is_accessible_for_free: bool | None = None
    page_type: PageType = "story"
    removed: tuple[RemovedBlock, ...] = ()
    extractor: str = ""

    @property
    def text(self) -> str:
        return text_of(self.blocks)


# Every reason of a `Skip` and its meaning, as docs/schema.md lists them.
SKIP_REASONS = {
    "listing": "links to stories",
    "too_short": "less text than a story",
    "empty": "no text",
    "not_article_url": "excluded by the site's rule for story URLs",
    "about_site": "about the site itself",
    "shop": "sells things",
    "forum": "a discussion",
    "placeholder": "under construction",
    "soft_404": "not found, with status 200",
    "blocked": "a bot check",
    "login_wall": "asks to log in",
    "consent_wall": "asks for consent",
    "not_html": "another format",
    "not_text": "bytes that are no text",
    "too_large": "more bytes than are read",
    "too_deep": "elements nested too deeply",
    "too_big": "more memory than a page may take",
    "too_slow": "more time than a page may take",
    "too_many_members": "a compression bomb",
    "crashed": "the worker process failed on it",
    "failed": "an error during extraction",
    "revisit_unresolved": "refers to a capture that is not in the archive",
    "bad_status_line": "unreadable HTTP status",
    "status_NNN": "an HTTP status other than 200",
}


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a capture is not a story. `reason` is a short code that can be counted (`SKIP_REASONS`); `detail` is for
    people."""

    reason: str
    detail: str = ""
    canonical_url: str | None = None
    title: str | None = None
    links: tuple[Link, ...] = ()
    suspected: bool = False  # it is probably a story and should be reviewed
    reservations: tuple[str, ...] = ()  # as in `Article`
    tdm_rules: tuple[TdmRule, ...] = ()  # of a tdmrep.json


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """A WARC's information about its crawl: its warcinfo record, or the final metadata record of the crawl."""

    record_id: str
    warc_file: str
    date: datetime
    kind: Literal["warcinfo", "crawl"]
    fields: tuple[tuple[str, str], ...]  # the fields of the warcinfo, or the JSON of the final report under "json"
    offset: int = 0  # place of the record: in the file, and in its decompressed member
    position: int = 0


@dataclass(frozen=True, slots=True)
class Extracted:
    """A capture with the result of its extraction."""

    capture: Capture
    outcome: Article | Skip


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read from one part of one WARC file. Rows and offset are committed in one transaction."""

    warc_file: str
    read_up_to: int  # offset after the last record of this batch
    items: tuple[Extracted | CrawlRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One story found by a search."""

    id: int
    url: str
    title: str
    site: str
    section: str | None
    language: str | None
    authors: tuple[str, ...]
    date: str | None
    snippet: (
        str  # matches are between \ue000 and \ue001, which no text contains; renderers replace them with safe markup
    )
    score: float


def text_of(blocks: Iterable[Block]) -> str:
    """The plain text of blocks, with an empty line between blocks."""
    return "\n\n".join(block.text for block in blocks if block.text)
