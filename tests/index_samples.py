"""Hand-made captures and articles for tests of the index."""

import json
from datetime import UTC, datetime, timedelta

from archiver.layout import Site
from archiver.model import Article, Block, Capture, CrawlRecord, Extracted, Image, Link, RecordRef, RemovedBlock, Skip

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
ALDIA = Site("aldia", ("aldia.test",), r"/\d{4}/", canonical_host="www.aldia.test", mirror_hosts=r"ww\w+\.aldia\.test")
URL = "https://www.aldia.test/2026/the-mural"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def article(url=URL, text="The mural was finished.\n\nThe street came to see it.", **values):
    values = {"title": "The mural", "language": "en", "extractor": "test-1", "date_published": "2026-05-01"} | values
    blocks = values.pop("blocks", None) or tuple(
        Block("paragraph", part, "article/div.body/p") for part in text.split("\n\n")
    )
    return Article(url=url, blocks=blocks, **values)


def capture(record, url=URL, hours=0.0, *, file="a.warc.gz", kind="response", status=200, **values):
    values = {"payload_digest": f"sha1:{record}"} | values
    ref = RecordRef(file, int(record) * 1000 if str(record).isdecimal() else 0, 900, f"<urn:uuid:{record}>")
    return Capture(ref, kind, url, at(hours), status, "text/html", "utf-8", **values)


def seen(record, hours=0.0, *, url=URL, outcome=None, **values):
    """A capture that shows a story (or the given `outcome`)."""
    return Extracted(capture(record, url, hours, **values), outcome or article(url))


def failed(record, hours, status=404, url=URL, **values):
    return Extracted(capture(record, url, hours, status=status, **values), Skip(f"status_{status}"))


def revisit(record, hours, refers_to, *, url=URL, status=200, **values):
    """A revisit of a capture of `seen`."""
    values = {
        "payload_digest": refers_to.capture.payload_digest,
        "refers_to_url": refers_to.capture.url,
        "refers_to_date": refers_to.capture.fetched_at,
    } | values
    return Extracted(capture(record, url, hours, kind="revisit", status=status, **values), Skip("revisit"))


def warcinfo(record, crawl="20260501-aldia", site=None, file="a.warc.gz", hours=0.0, **fields):
    named = {"software": "archiver/0.1.0", "archiver-crawl": crawl} | fields
    if site is not None:
        named["archiver-site"] = json.dumps(site.to_json())
    return CrawlRecord(f"<urn:uuid:{record}>", file, at(hours), "warcinfo", tuple(named.items()))


def closing(record, crawl="20260501-aldia", hours=1.0, file="a.warc.gz", **report):
    data = {"crawl_id": crawl, "exit_code": 0, "fetched": 3, "skipped": []} | report
    return CrawlRecord(f"<urn:uuid:{record}>", file, at(hours), "crawl", (("json", json.dumps(data)),))


def rich_article(url=URL, **values):
    """An article with a value in every field."""
    return article(
        url,
        blocks=(
            Block("heading", "Sub", "article/h2", 2, 0.0),
            Block("paragraph", "One  Two", "article/p", 0, 0.25),
            Block("quote", "Three «four» 🙂", "article/blockquote/p"),
        ),
        description="What it is about",
        authors=("Ana Pérez", "Luis Gil"),
        section="Culture",
        tags=("art", "street art"),
        date_published="2026-05-01T09:30:00-04:00",
        date_published_source="json-ld",
        date_published_raw="May 1, 2026 9:30",
        date_modified="2026-05-02",
        images=(Image("https://www.aldia.test/a.jpg", "A wall", "Photo: Gil", "wall"),),
        links=(Link("https://www.aldia.test/x", "x", True), Link("https://www.aldia.test/y", "y")),
        alternates=(("es", "https://www.aldia.test/2026/el-mural"),),
        is_accessible_for_free=True,
        removed=(RemovedBlock(Block("paragraph", "Read more", "article/p.more"), "link_only"),),
        **values,
    )
