"""A crawl with the generic spider in this process without a network: the frontier, the visitor and the responses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.http import Response

from archiver.crawl.loop.tools import Tools
from archiver.crawl.loop.visitor import Visitor
from archiver.crawl.rules.scope import Scope
from archiver.crawl.wire.request_purpose import task_of
from archiver.extract import extract
from archiver.frontier import Frontier, Plan
from archiver.index.ingest.batch import apply
from archiver.index.schema.connection import Index
from archiver.model import Batch, Extracted, Kept, RecordRef, Skip
from archiver.spider import spider_for_urls
from index_samples import capture
from testsites import Answer

HOST = "blog.example"


@dataclass
class Crawled:
    visitor: Visitor
    asked: list[str] = field(default_factory=list)  # path and query of each requested URL, in order
    answers: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)  # URL, status, fields, body


def crawled(
    folder: Path, answer: Callable[[str, str], Answer], *, most: int = 10**6, sitemap: str | None = None
) -> Crawled:
    """Crawl http://blog.example/, at most `most` pages; `answer` is as in `testsites.serve`. robots.txt names a
    `sitemap`. A second call for the same folder is the next crawl, which re-fetches everything."""
    spider = spider_for_urls([f"http://{HOST}/"])()
    scope = Scope(spider.site())
    with Frontier(folder / "frontier.db") as frontier:
        visitor = Visitor(frontier, scope, Tools(spider=lambda: spider))
        done = Crawled(visitor)
        seed = scope.candidate(f"http://{HOST}/", depth=0, found_on=None)
        crawl_id = f"crawl-{len(list(folder.glob('crawl-*')))}"
        (folder / crawl_id).touch()
        frontier.begin(visitor.name, crawl_id, [replace(seed, kind="seed")], Plan("all"))
        if sitemap is not None:
            visitor.add_link(sitemap, found_on=f"http://{HOST}/robots.txt", hint="sitemap")
        while len(done.asked) < most and (request := visitor.next_request()) is not None:
            parts = urlsplit(request.url)
            done.asked.append(parts.path + (f"?{parts.query}" if parts.query else ""))
            given = answer(parts.hostname or "", done.asked[-1])
            status, body, fields = given if isinstance(given, tuple) else (200, given, {"Content-Type": "text/html"})
            if isinstance(given, int):
                status, body = given, ""
            data = body if isinstance(body, bytes) else str(body).encode()
            response = Response(request.url, status=status, headers=fields, body=data, request=request)
            visitor.remember(task_of(request), response, Kept(RecordRef("a.warc.gz", 0, 1, "<urn:x>"), None))
            done.answers.append((request.url, status, fields, data))
        frontier.commit()
    return done


def indexed(db: Index, crawls: Iterable[Crawled]) -> None:
    """Index the captures of crawls, with an hour between two responses and 40 days between two crawls."""
    record = 0
    for day, crawl in enumerate(crawls):
        items = []
        for hour, (url, status, _, body) in enumerate(crawl.answers):
            record += 1
            seen = capture(
                record, url, 24.0 * 40 * day + hour, status=status, payload_digest=hashlib.sha1(body).hexdigest()
            )
            outcome = extract(body, url, seen.fetched_at) if status == 200 else Skip(f"status_{status}")
            items.append(Extracted(seen, outcome))
        apply(db, Batch("a.warc.gz", record * 1000, tuple(items)))
