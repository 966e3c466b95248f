"""The tables of addresses: which hosts are mirrors, which addresses belong to one story, and the evidence."""

from __future__ import annotations

from archiver.index.schema.declare import Column as Col
from archiver.index.schema.declare import Table

_STORY = "INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED"

HOSTS = Table(
    "hosts",
    "Mirror hosts: names that serve the same stories as another host of their domain. Captures keep "
    "the URL that was fetched; the URL of a story uses the canonical host.",
    (
        Col("host", "TEXT PRIMARY KEY", "The mirror."),
        Col("canonical_host", "TEXT NOT NULL", "The canonical host."),
        Col("status", "TEXT NOT NULL CHECK (status IN ('rule', 'learned', 'accepted', 'rejected'))",
          "rule: from the spider's `mirror_hosts`. learned: from evidence. accepted or rejected (not a mirror): by "
          "a person."),
        Col("pages", "INTEGER NOT NULL", "Number of story pages that are identical on both, word for word."),
        Col("shared", "INTEGER NOT NULL", "Number of story pages that were captured on both."),
        Col("why", "TEXT NOT NULL", "The evidence, or the person's reason."),
        Col("decided_at", "TEXT", "When a person decided (UTC)."),
    ),
    key=("host",),
    without_rowid=True,
)  # fmt: skip

STORY_PAGES = Table(
    "story_pages",
    "Where each story page was fetched and which URL it claims: the evidence for mirror hosts and for "
    "the URLs of a story.",
    (
        Col("host", "TEXT NOT NULL", "Host of the requested URL, with mirrors replaced according to rules."),
        Col("page", "INTEGER NOT NULL", "As in `captures`."),
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("fetched_at", "TEXT NOT NULL", "As in `captures`."),
        Col("stated_host", "TEXT NOT NULL", "Host of `captures.canonical_url`."),
        Col("stated_page", "INTEGER NOT NULL", "`page` of `captures.canonical_url`."),
        Col("target", "TEXT",
          "The URL that the page claims as its own, as in `captures.surt`; NULL if it is the requested one."),
        Col("witness", "TEXT",
          "Source of the claim: canonical, og:url, @id, revisit (its payload was captured there), or contradicted."),
        Col("sign", "INTEGER", "Hash of the longest block of a text with at least 100 words: copies share it."),
    ),
    key=("host", "page", "capture_id"),
    constraints=("PRIMARY KEY (host, page, capture_id)",),
    indexes=(
        "INDEX story_pages_stated ON story_pages(stated_page, stated_host, fetched_at)",
        "INDEX story_pages_target ON story_pages(target) WHERE target IS NOT NULL",
        "INDEX story_pages_sign ON story_pages(sign) WHERE sign IS NOT NULL",
    ),
    without_rowid=True,
    internal=True,
)  # fmt: skip

REDIRECTS = Table(
    "redirects",
    "Redirects from one URL to another.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY", "The capture."),
        Col("surt", "TEXT NOT NULL", "As in `captures`."),
        Col("target", "TEXT NOT NULL", "The target, in the same form."),
    ),
    key=("capture_id",),
    indexes=("INDEX redirects_surt ON redirects(surt)", "INDEX redirects_target ON redirects(target)"),
    internal=True,
)

PAGE_TURNS = Table(
    "page_turns",
    "URLs that a story page names as its previous and next pages: the evidence for stories with several pages.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture."),
        Col("surt", "TEXT NOT NULL", "As in `captures`."),
        Col("target", "TEXT NOT NULL", "The URL that it names, in the same form."),
        Col("witness", "TEXT NOT NULL",
          "prev or next: from rel. page: a link with a page number, or with a word for the next page."),
        Col("sign", "INTEGER", "Hash of the page's headline and day; NULL if other stories may have the same."),
    ),
    key=("capture_id", "target", "witness"),
    constraints=("PRIMARY KEY (capture_id, target, witness)",),
    indexes=("INDEX page_turns_surt ON page_turns(surt)", "INDEX page_turns_target ON page_turns(target)"),
    without_rowid=True,
    internal=True,
)  # fmt: skip

CAPTURE_PAGES = Table(
    "capture_pages",
    "For captures of stories with several pages: the page that each shows. The text of such a story is "
    "joined from its pages.",
    (
        Col("capture_id", "INTEGER PRIMARY KEY", "The capture."),
        Col("page", "INTEGER NOT NULL", "1, 2 ... in the order of the story's pages."),
    ),
    key=("capture_id",),
)

RESERVATIONS = Table(
    "reservations",
    "What pages state about being archived. The site's policy decides what happens: docs/reserved.md.",
    (
        Col("capture_id", "INTEGER NOT NULL", "The capture; a revisit has only its own header fields."),
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
    "URLs that were assigned to one story only because of their text. They are separated again if many "
    "URLs turn out to share the text.",
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
    "The other URLs of stories, besides `articles.url`: URLs at which they were also captured, and "
    "URLs that their pages claim, with the evidence that they belong to the story.",
    (
        Col("surt", "TEXT PRIMARY KEY", "The URL, as in `captures`, with mirror hosts replaced."),
        Col("article_id", f"{_STORY} NOT NULL", "The story."),
        Col("url", "TEXT NOT NULL", "The URL."),
        Col("why", "TEXT NOT NULL",
          "canonical, og:url, @id: claimed by the page, see `page_claims`. case, slash, order, variant: it differs "
          "only in that, and the texts are the same. same_text: nine of ten blocks are the same. redirect: it "
          "redirects there. revisit: its payload was captured there. page: it is another page of a story with "
          "several pages."),
        Col("other_surt", "TEXT NOT NULL", "The URL that the evidence is about."),
    ),
    key=("surt",),
    indexes=("INDEX story_addresses_article ON story_addresses(article_id)",),
    without_rowid=True,
)  # fmt: skip

PAGE_CLAIMS = Table(
    "page_claims",
    "Each other URL that a story page claims as its own, and whether the claim is accepted. It is "
    "accepted if that URL shows the same text or was never captured.",
    (
        Col("surt", "TEXT NOT NULL", "The page's URL, as in `story_addresses`."),
        Col("target", "TEXT NOT NULL", "The claimed URL."),
        Col("witness", "TEXT NOT NULL", "Source of the claim: canonical, og:url, @id, revisit, contradicted."),
        Col("believed", "INTEGER NOT NULL", "1 or 0."),
        Col("why", "TEXT NOT NULL",
          "same text, never captured; or other text, other site, front page, no story: and the reason, another page "
          "(of the story), named by many, named by different stories, contradicted."),
    ),
    key=("surt", "target"),
    constraints=("PRIMARY KEY (surt, target)",),
    indexes=("INDEX page_claims_target ON page_claims(target)",),
    without_rowid=True,
)  # fmt: skip

FORMER_IDS = Table(
    "former_ids",
    "Former IDs of stories, and IDs that their other URLs would give, with the current ID, so that old "
    "citations still work.",
    (
        Col("old_id", "INTEGER PRIMARY KEY", "An ID that no story has now."),
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
        Col("host", "TEXT NOT NULL", "One host ..."),
        Col("other", "TEXT NOT NULL", "... and the other, by name."),
        Col("domain", "TEXT NOT NULL", "Their registered domain."),
        Col("same", "INTEGER NOT NULL", "1 if captures of both hosts show the same title and text."),
    ),
    key=("page", "host", "other"),
    constraints=("PRIMARY KEY (page, host, other)",),
    indexes=("INDEX host_pairs_domain ON host_pairs(domain, host, other, same)",),
    without_rowid=True,
    internal=True,
)

HOST_RULES = Table(
    "host_rules",
    "Mirror hosts according to the rules of sites, from WARC files or spiders.",
    (
        Col("host", "TEXT PRIMARY KEY", "The mirror."),
        Col("canonical_host", "TEXT NOT NULL", "Its canonical host; if two rules differ, the first by name."),
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
        Col("canonical_host", "TEXT", "Its canonical host; NULL: it is not a mirror."),
        Col("reason", "TEXT NOT NULL", "The person's reason."),
        Col("at", "TEXT NOT NULL", "When (UTC)."),
    ),
    key=("host",),
    without_rowid=True,
    internal=True,
)
