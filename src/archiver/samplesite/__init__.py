"""A bilingual newspaper, "El Puente", that lives in this package: for `archiver demo` and for tests, without a network.

Every story is original, and what it truly says is known (`stories`), as is every line around it that must never end
up in its text (`junk_lines`). So a whole crawl can be held against the truth. The site has a second day, on which
some stories are new, edited or gone.

    with SampleSite(day=1) as site:
        ...  # crawl site.url, or site.loopback_url where *.localhost does not resolve
        site.day = 2

Traps (an endless calendar, session ids, sort orders) hang off one page, `/more`; a crawl that leaves out that prefix
never meets them. The package uses the standard library only and imports nothing else of archiver.
"""

from archiver.samplesite.pages import junk_lines
from archiver.samplesite.server import Request, SampleSite
from archiver.samplesite.stories import DELETED_ON_DAY_2, Block, Image, Story, stories, truth

__all__ = ["DELETED_ON_DAY_2", "Block", "Image", "Request", "SampleSite", "Story", "junk_lines", "stories", "truth"]
