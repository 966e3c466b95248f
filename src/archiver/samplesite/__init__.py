"""A bilingual newspaper, "El Puente", inside this package: for `archiver demo` and for tests, without a network.

Every story is original. Its true content is known (`stories`), and so is every line around it that no extracted text
may contain (`junk_lines`), so a whole crawl can be compared with the truth. The site has a second day, on which some
stories are new, edited or gone.

with SampleSite(day=1) as site:
    ...  # crawl site.url, or site.loopback_url where *.localhost does not resolve
    site.day = 2

Traps (an endless calendar, session IDs, sort orders) are linked from one page, `/more`; a crawl that excludes that
prefix never meets them. The package uses the standard library only and imports nothing else of archiver.
"""

from archiver.samplesite.pages import junk_lines
from archiver.samplesite.server import Request, SampleSite
from archiver.samplesite.stories import DELETED_ON_DAY_2, Block, Image, Story, stories, truth

__all__ = ["DELETED_ON_DAY_2", "Block", "Image", "Request", "SampleSite", "Story", "junk_lines", "stories", "truth"]
