"""Fetches the requests listed on standard input through the recording handler, in a separate process, because Scrapy's
loop runs only once per process.

Input: {"folder", "settings", "requests": [{"url", "method", "headers", "body", "meta", "name"}]}.
Output: the results of Scrapy's callbacks, and the recorder's failures.
"""

import json
import sys
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archiver.crawl.wire.private_addresses import AddressGuard
from archiver.crawl.wire.recorder import Recorder
from archiver.warc import WarcWriter

SEEDS = ("127.0.0.1", "seed.localhost")
task = json.load(sys.stdin)
outcomes = {}


class Fetcher(scrapy.Spider):
    name = "fetcher"

    async def start(self):
        for entry in task["requests"]:
            yield scrapy.Request(
                entry["url"],
                method=entry.get("method", "GET"),
                headers=entry.get("headers"),
                body=entry.get("body", ""),
                meta={"name": entry["name"], "handle_httpstatus_all": True, **entry.get("meta", {})},
                callback=self.answered,
                errback=self.failed,
                dont_filter=True,
                priority=-len(outcomes),
            )

    def answered(self, response):
        reference = recorder.kept.of(response.request)
        outcomes[response.meta["name"]] = {
            "status": response.status,
            "record": reference and reference.ref.record_id,
            "body": len(response.body),
        }

    def failed(self, failure):
        reference = recorder.kept.of(failure.request)
        outcomes[failure.request.meta["name"]] = {
            "error": failure.type.__name__,
            "detail": str(failure.value),
            "record": reference and reference.ref.record_id,
        }


failures = []
writer = WarcWriter(Path(task["folder"]), "capture", {"robots": "ignore"})
recorder = Recorder(writer, lambda error: failures.append(str(error)))
settings = Settings(
    {
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "archiver.crawl.wire.handler.RecordingDownloadHandler"),
        "TWISTED_DNS_RESOLVER": "archiver.crawl.wire.resolver.GuardedResolver",
        "ARCHIVER_RECORDER": recorder,
        "ARCHIVER_GUARD": AddressGuard(SEEDS, SEEDS.__contains__),
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "RETRY_ENABLED": False,
        "DOWNLOAD_TIMEOUT": 20,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        **task.get("settings", {}),
    }
)
process = AsyncCrawlerProcess(settings)
process.crawl(Fetcher)
process.start()
if not failures:
    recorder.sync()
    writer.close()
json.dump({"outcomes": outcomes, "failures": failures}, sys.stdout)
