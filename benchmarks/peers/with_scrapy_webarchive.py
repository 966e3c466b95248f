"""Crawls with Scrapy and the WACZ exporter of scrapy-webarchive: with_scrapy_webarchive.py URL FOLDER."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor

START, FOLDER = sys.argv[1], Path(sys.argv[2])


class Pages(scrapy.Spider):
    """Follows each link of the host."""

    name = "pages"
    start_urls = (START,)
    links = LinkExtractor(allow=re.escape(START))

    def parse(self, response: Response) -> Any:
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    process = CrawlerProcess(
        {
            "LOG_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 8,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "EXTENSIONS": {"scrapy_webarchive.extensions.WaczExporter": 543},
            "SW_EXPORT_URI": f"file://{FOLDER.resolve()}/",
        }
    )
    process.crawl(Pages)
    process.start()
