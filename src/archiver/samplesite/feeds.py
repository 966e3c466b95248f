"""robots.txt, sitemaps and feeds of the sample site."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import format_datetime
from html import escape

from archiver.samplesite.stories import Language, Story, stories

FEED_LENGTH = 12
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def robots_txt(origin: str) -> str:
    return f"User-agent: *\nDisallow: /search\nDisallow: /user\n\nSitemap: {origin}/sitemap.xml\n"


def sitemap_index(origin: str) -> str:
    names = ("sitemap-en.xml", "sitemap-es.xml.gz", "sitemap-news.xml")
    entries = "".join(f"<sitemap><loc>{origin}/{name}</loc></sitemap>\n" for name in names)
    return f"{_XML}<sitemapindex {_SITEMAP_XMLNS}>\n{entries}</sitemapindex>\n"


def sitemap(origin: str, language: Language, day: int) -> str:
    """The ordinary stories of a language and those that only the sitemap links to."""
    entries = "".join(
        f"<url><loc>{origin}{story.path}</loc>"
        f"<lastmod>{(story.modified or story.published).isoformat()}</lastmod></url>\n"
        for story in _of(day, language, "sitemap")
    )
    return f"{_XML}<urlset {_SITEMAP_XMLNS}>\n{entries}</urlset>\n"


def news_sitemap(origin: str, day: int) -> str:
    """The five latest stories, in the news extension of the sitemap protocol."""
    latest = [story for story in stories(day) if story.channel == "all"][:5]
    entries = "".join(
        f"<url><loc>{origin}{story.path}</loc><news:news><news:publication><news:name>El Puente</news:name>"
        f"<news:language>{story.language}</news:language></news:publication>"
        f"<news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title, quote=False)}</news:title></news:news></url>\n"
        for story in latest
    )
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"{_XML}<urlset {_SITEMAP_XMLNS} {news}>\n{entries}</urlset>\n"


def rss(origin: str, languages: tuple[Language, ...], day: int) -> str:
    """The latest stories, and those that only the feed links to."""
    members = [story for language in languages for story in _of(day, language, "rss")]
    members.sort(key=lambda story: story.published, reverse=True)
    latest = [story for story in members if story.channel == "all"][:FEED_LENGTH]
    items = "".join(
        f"<item><title>{escape(story.title, quote=False)}</title><link>{origin}{story.path}</link>"
        f'<guid isPermaLink="false">{story.id}</guid><pubDate>{format_datetime(story.published)}</pubDate>'
        f"<description>{escape(story.description, quote=False)}</description></item>\n"
        for story in members
        if story in latest or story.channel == "rss"
    )
    return (
        f'{_XML}<rss version="2.0"><channel><title>El Puente</title><link>{origin}/</link>'
        f"<description>News of Port Amity in two languages</description>\n{items}</channel></rss>\n"
    )


def _of(day: int, language: Language, channel: str) -> Iterable[Story]:
    return (story for story in stories(day) if story.language == language and story.channel in ("all", channel))
