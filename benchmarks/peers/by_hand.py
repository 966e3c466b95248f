"""A simple pipeline with the same libraries, as one would write it in an afternoon: by_hand.py URL FOLDER.

Scrapy follows the links of one host, warcio writes each response, trafilatura extracts each page in a worker process,
sqlite-utils makes the table and its full-text index.
"""

from __future__ import annotations

import re
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import scrapy
from rows import save, story
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

START, FOLDER = sys.argv[1], Path(sys.argv[2])


class Pages(scrapy.Spider):
    """Passes each page to the WARC file and to the worker, and follows each link on the host."""

    name = "pages"
    start_urls = (START,)
    links = LinkExtractor(allow=re.escape(START))

    def __init__(self, warc: WARCWriter, workers: ProcessPoolExecutor, found: list[Future[Any]]) -> None:
        super().__init__()
        self.warc, self.workers, self.found = warc, workers, found

    def parse(self, response: Response) -> Any:
        fields = [(k.decode(), v.decode("latin-1")) for k, values in response.headers.items() for v in values]
        head = StatusAndHeaders(f"{response.status} OK", fields, protocol="HTTP/1.1")
        body = BytesIO(response.body)
        self.warc.write_record(self.warc.create_warc_record(response.url, "response", payload=body, http_headers=head))
        self.found.append(self.workers.submit(story, response.body, response.url))
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)


def main() -> None:
    """Crawl, then insert the rows."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found: list[Future[Any]] = []
    with (FOLDER / "pages.warc.gz").open("wb") as file, ProcessPoolExecutor(1) as workers:
        process = CrawlerProcess(
            {
                "LOG_ENABLED": False,
                "TELNETCONSOLE_ENABLED": False,
                "ROBOTSTXT_OBEY": True,
                "DOWNLOAD_DELAY": 0,
                "CONCURRENT_REQUESTS": 8,
                "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            }
        )
        process.crawl(Pages, WARCWriter(file, gzip=True), workers, found)
        process.start()
        save((job.result() for job in found), FOLDER / "stories.db")


if __name__ == "__main__":
    main()
