"""AL DÍA News - https://aldianews.com: Philadelphia, English and Spanish. A Drupal site with wildcard mirror hosts."""

from archiver.spider import ArticleSpider, Layout


class AlDia(ArticleSpider):
    name = "aldia"
    allowed_domains = ["aldianews.com"]
    start_urls = ["https://aldianews.com/", "https://aldianews.com/es", "https://aldianews.com/rss.xml"]
    # /en/politics/state-and-local/some-story, /es/politica/…/…, and until 2021 /articles/local/philadelphia/some-story
    article_url = r"^/(?:en|es)/[^/?]+/[^/?]+/[^/?]+$|^/(?:es/)?art[ií]c(?:les|ulos)/[^?]+/[^/?]+$"
    follow = r"^/(?:en|es)?(?:/[^/]+){0,2}/?(?:\?page=\d+)?$|^/(?:en|es)/tags?/|^/(?:articles|tags?)/|\.xml"
    deny = r"^/(?:search|user|node/add|admin|comment/reply)\b|/print/|/amp$"
    # ww3w.aldianews.com, wwdw.aldianews.com and others like them serve the pages of the bare domain.
    canonical_host = "aldianews.com"
    mirror_hosts = r"w{2,3}[0-9a-z]?w?\.aldianews\.com"
    timezone = "America/New_York"
    layouts = [
        Layout(
            body=".node--type-article .field--name-body, .node-article .field-name-body",
            title="h1.page-header, h1.page-title, .node--type-article h1, .node-article h1",
            author=".field--name-field-author a, .field-name-field-author a, .node__submitted .username",
            date=".field--name-field-date, .field-name-field-date, .node__submitted time, .date-display-single",
            date_formats=("%m/%d/%Y - %H:%M",),
            tags=".field--name-field-tags a, .field-name-field-tags a",
            caption=".field--name-field-image figcaption, .field-name-field-caption",
        )
    ]
