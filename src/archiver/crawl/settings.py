"""Scrapy settings of every crawl. scrapy.cfg points here, so that `scrapy shell` and `scrapy list` work in a home.

Only what archiving needs is enabled: each disabled middleware saves CPU on every page, and is one thing less between
the wire and the archive.
"""

from archiver import __version__

BOT_NAME = "archiver"
SPIDER_MODULES = ["spiders"]
USER_AGENT = f"archiver/{__version__}"
ROBOTSTXT_USER_AGENT = "archiver"

# Captured bytes come from below Scrapy: see crawl/wire/tee.py. Schemes that reach the local disk or other services are
# disabled: a link on a page must never lead there.
DOWNLOAD_HANDLERS = {
    "http": "archiver.crawl.wire.handler.RecordingDownloadHandler",
    "https": "archiver.crawl.wire.handler.RecordingDownloadHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
TWISTED_DNS_RESOLVER = "archiver.crawl.wire.resolver.GuardedResolver"
DOWNLOADER = "archiver.crawl.loop.downloader.PoliteDownloader"
SCHEDULER = "archiver.crawl.loop.scheduler.FrontierScheduler"

# Politeness: crawl/rules/politeness.py has the rules and the other numbers.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # it would go below the configured delay
CONCURRENT_REQUESTS_PER_DOMAIN = 2
CONCURRENT_REQUESTS = 8

# Limits. A page beyond them is kept up to the limit and marked as truncated.
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 100 * 2**20
DOWNLOAD_WARNSIZE = 0
ARCHIVER_RENDER_TIMEOUT = 60  # seconds to render a page with all its requests
REDIRECT_MAX_TIMES = 5  # of robots.txt (RFC 9309 section 2.3.1.2); the frontier follows the pages' own
RETRY_TIMES = 2  # of robots.txt; the frontier retries pages

# Codings that every WARC reader supports. br and zstd in foreign archives can be read.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en,es;q=0.9,*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}
CONCURRENT_ITEMS = 1  # a page gives no items; Scrapy starts as many tasks for each response, 100 by default
COOKIES_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES_BASE = {
    "archiver.crawl.loop.robots.RobotsRules": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "archiver.crawl.wire.site_access.SiteAccess": 380,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
EXTENSIONS_BASE: dict[str, int] = {}
LOG_LEVEL = "INFO"
