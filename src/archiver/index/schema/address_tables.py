"""The tables of addresses: which hosts are mirrors, which addresses are one story's, by what evidence."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

_STORY = "INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

HOSTS = Table(
    "hosts",
    "Mirror hosts: names that serve the same stories as another host of their domain. Captures keep the URL that was "
    "fetched; a story has the canonical host's.",
    (
        Col("host", "TEXT PRIMARY KEY", "The mirror."),
        Col("canonical_host", "TEXT NOT NULL", "The canonical host."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('rule', 'learned', 'accepted', 'rejected'))", "rule: the "
          "spider's `mirror_hosts` says so. learned: by evidence. By a person: accepted, or rejected (none)."),
        Col("pages", "INTEGER NOT NULL", "Story pages that are the same on both, word for word."),
        Col("shared", "INTEGER NOT NULL", "Story pages that were captured on both."),
        Col("why", "TEXT NOT NULL", "The evidence; what the person said."),
        Col("decided_at", "TEXT", "When a person decided (UTC)."),
    ),
    key=("host",),
    without_rowid=True,
)  # fmt: skip

STORY_PAGES = Table(
    "story_pages",
    "Where each story page was fetched and what it says of itself: what mirror hosts and the addresses of a story are "
    "recognised by.",
    (
        Col("host", "TEXT NOT NULL", "Host of the requested URL, mirrors by rule replaced."),
        Col("page", "INTEGER NOT NULL", "As in `captures`."),
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("fetched_at", "TEXT NOT NULL", "As in `captures`."),
        Col("stated_host", "TEXT NOT NULL", "Host of `captures.canonical_url`."),
        Col("stated_page", "INTEGER NOT NULL", "`page` of `captures.canonical_url`."),
        Col("target", "TEXT", "The address that the page names as its own, as in `captures.surt`; NULL for its own."),
        Col("witness", "TEXT", "Where it does: canonical, og:url, @id, revisit (its payload was captured there), or "
          "contradicted."),
        Col("sign", "INTEGER", "Hash of the longest block of a text of 100 words and more: copies share it."),
    ),
    key=("host", "page", "capture_id"),
    constraints=("PRIMARY KEY (host, page, capture_id)",),
    indexes=(
        "INDEX story_pages_page ON story_pages(page)",
        "INDEX story_pages_stated ON story_pages(stated_page, stated_host, fetched_at)",
        "INDEX story_pages_target ON story_pages(target) WHERE target IS NOT NULL",
        "INDEX story_pages_sign ON story_pages(sign) WHERE sign IS NOT NULL",
    ),
    without_rowid=True,
    internal=True,
)  # fmt: skip

REDIRECTS = Table(
    "redirects",
    "Redirects from one address to another.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY", "The capture."),
        Col("surt", "TEXT NOT NULL", "As in `captures`."),
        Col("target", "TEXT NOT NULL", "Where it leads, in the same form."),
    ),
    key=("capture_id",),
    indexes=("INDEX redirects_surt ON redirects(surt)", "INDEX redirects_target ON redirects(target)"),
    internal=True,
)

PAGE_TURNS = Table(
    "page_turns",
    "Which addresses a story page names as its pages before and after: what stories in several pages are recognised "
    "by.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("surt", "TEXT NOT NULL", "As in `captures`."),
        Col("target", "TEXT NOT NULL", "The address that it names, in the same form."),
        Col("witness", "TEXT NOT NULL", "prev or next: by rel. page: a link with a page's number, or a word for the "
          "next page."),
        Col("sign", "INTEGER", "Hash of the page's headline and day; NULL where these may be other stories', too."),
    ),
    key=("capture_id", "target", "witness"),
    constraints=("PRIMARY KEY (capture_id, target, witness)",),
    indexes=("INDEX page_turns_surt ON page_turns(surt)", "INDEX page_turns_target ON page_turns(target)"),
    without_rowid=True,
    internal=True,
)  # fmt: skip

CAPTURE_PAGES = Table(
    "capture_pages",
    "Captures of stories in several pages: which page each shows. The text of such a story is the join of its pages.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY", "The capture."),
        Col("page", "INTEGER NOT NULL", "1, 2 ... in the order of the story's pages."),
    ),
    key=("capture_id",),
)

RESERVATIONS = Table(
    "reservations",
    "What sites say of the keeping of single pages. What follows is the site's policy: docs/reserved.md.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture that says so; a revisit has its own header fields only."),
        Col("word", "TEXT NOT NULL", "noarchive, nocache, noindex, none, noai, noimageai; or tdm-reservation: text and "
          "data mining is reserved (TDM Reservation Protocol)."),
        Col("source", "TEXT NOT NULL", "X-Robots-Tag or tdm-reservation: that header field. page: a meta tag."),
    ),
    key=("capture_id", "word", "source"),
    constraints=("PRIMARY KEY (capture_id, word, source)",),
    without_rowid=True,
)  # fmt: skip

TEXT_COPIES = Table(
    "text_copies",
    "Addresses that were taken for one story's by their text alone: to be parted when many turn out to share it.",
    (
        Col("sign", "INTEGER NOT NULL", "As in `story_pages`."),
        Col("surt", "TEXT NOT NULL", "As in `story_addresses`."),
    ),
    key=("sign", "surt"),
    constraints=("PRIMARY KEY (sign, surt)",),
    indexes=("INDEX text_copies_surt ON text_copies(surt)",),
    without_rowid=True,
    internal=True,
)

STORY_ADDRESSES = Table(
    "story_addresses",
    "The other addresses of stories, beside `articles.url`: where they were captured too or what their pages call "
    "them, with the evidence by which they are taken for one story.",
    (
        Col("surt", "TEXT PRIMARY KEY", "The address, as in `captures`, mirror hosts replaced."),
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("url", "TEXT NOT NULL", "The address as a URL."),
        Col("why", "TEXT NOT NULL", "canonical, og:url, @id: the page says so, as `page_claims` has it. case, slash, "
          "order, variant: it differs in that alone, and the texts are the same. same_text: nine of ten blocks are the "
          "same. redirect: it leads there. revisit: its payload was captured there. page: it is another page of a "
          "story in several."),
        Col("other_surt", "TEXT NOT NULL", "The address that this holds of."),
    ),
    key=("surt",),
    indexes=("INDEX story_addresses_article ON story_addresses(article_id)",),
    without_rowid=True,
)  # fmt: skip

PAGE_CLAIMS = Table(
    "page_claims",
    "Each other address that a story page names as its own, and whether that is believed. A page's word is one "
    "witness: it holds where that address shows the same text or was never captured.",
    (
        Col("surt", "TEXT NOT NULL", "The page's address, as in `story_addresses`."),
        Col("target", "TEXT NOT NULL", "The address that it names."),
        Col("witness", "TEXT NOT NULL", "Where it does: canonical, og:url, @id, revisit, contradicted."),
        Col("believed", "INTEGER NOT NULL", "1 or 0."),
        Col("why", "TEXT NOT NULL", "same text, never captured; or other text, other site, front page, no story: and "
          "the reason, another page (of the story), named by many, named by different stories, contradicted."),
    ),
    key=("surt", "target"),
    constraints=("PRIMARY KEY (surt, target)",),
    indexes=("INDEX page_claims_target ON page_claims(target)",),
    without_rowid=True,
)  # fmt: skip

FORMER_IDS = Table(
    "former_ids",
    "Numbers that stories had, or that their other addresses would give, and the numbers they have now: what was cited "
    "once is found.",
    (
        Col("old_id", "INTEGER PRIMARY KEY", "A number that is no story's any more."),
        Col("id", f"{_STORY} NOT NULL", "The story."),
    ),
    key=("old_id",),
    indexes=("INDEX former_ids_id ON former_ids(id)",),
)

HOST_PAIRS = Table(
    "host_pairs",
    "Story pages that were captured on two hosts.",
    (
        Col("page", "INTEGER NOT NULL", "As in `story_pages`."),
        Col("host", "TEXT NOT NULL", "The one host ..."),
        Col("other", "TEXT NOT NULL", "... and the other, by name."),
        Col("domain", "TEXT NOT NULL", "Their registered domain."),
        Col("same", "INTEGER NOT NULL", "1 where some capture of each shows the same title and text."),
    ),
    key=("page", "host", "other"),
    constraints=("PRIMARY KEY (page, host, other)",),
    indexes=("INDEX host_pairs_domain ON host_pairs(domain, host, other, same)",),
    without_rowid=True,
    internal=True,
)

HOST_RULES = Table(
    "host_rules",
    "Mirror hosts by the rules of the sites that the WARCs or the spiders describe.",
    (
        Col("host", "TEXT PRIMARY KEY", "The mirror."),
        Col("canonical_host", "TEXT NOT NULL", "Its canonical host; where two rules differ, the first by name."),
    ),
    key=("host",),
    without_rowid=True,
    internal=True,
)

HOST_VERDICTS = Table(
    "host_verdicts",
    "What people decided about hosts, from decisions.jsonl.",
    (
        Col("host", "TEXT PRIMARY KEY", "The host."),
        Col("canonical_host", "TEXT", "Its canonical host; NULL: it is no mirror."),
        Col("reason", "TEXT NOT NULL", "What the person said."),
        Col("at", "TEXT NOT NULL", "When (UTC)."),
    ),
    key=("host",),
    without_rowid=True,
    internal=True,
)
