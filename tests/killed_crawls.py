"""Crawls one site repeatedly, each time in a fork of this process, so that twenty crawls needn't load Scrapy twenty
times. For each it prints the process to kill; after the one that completes, its exit status.

    python killed_crawls.py ARCHIVE URL RECHECK [requisites]
"""

import os
import sys
from pathlib import Path

from archiver.crawl.options import CrawlOptions
from archiver.crawl.run import CrawlRun
from archiver.home import ArchiveDir
from archiver.spider import ArticleSpider


class Town(ArticleSpider):
    name = "town"
    allowed_domains = ("127.0.0.1",)
    start_urls = (sys.argv[2],)
    article_url = r"^/2024/"
    custom_settings = {"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}  # noqa: RUF012 - as spiders are


def crawl(archive: ArchiveDir) -> int:
    with archive.locked():
        options = CrawlOptions(recheck=sys.argv[3], min_free=0, requisites="requisites" in sys.argv[4:])
        (report,) = CrawlRun(archive.warc, archive.frontier, archive.logs / "crawl.log", options).run([Town])
    return report.exit_code


assert "twisted.internet.reactor" not in sys.modules, "each fork must make its own"
while True:
    pid = os.fork()
    if pid == 0:
        os._exit(crawl(ArchiveDir(Path(sys.argv[1]))))
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status):
        sys.stdout.write(f"ended {os.WEXITSTATUS(status)}\n")
        break
