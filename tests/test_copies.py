"""Stories of several sites with the same paragraphs: who was first, how much is shared, which agency is named."""

import pytest

from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.index.search.hits import count, search
from archiver.index.search.selection import SearchQuery
from archiver.index.search.trends import trends
from archiver.model import Batch
from index_samples import article, seen


def paragraph(word, number):
    return (
        f"{word.title()} number {number} was seen at the harbour on that morning, said the board in a long statement."
    )


WIRE = [paragraph("ferry", number) for number in range(5)]
OWN = [paragraph("tram", number) for number in range(5)]
NOTICE = "This text belongs to its publisher and must not be copied, sold or sent to others without permission, ever."

STORIES = {
    "one.test/wire": (["OSLO (Reuters) - Ferries.", *WIRE], {"date_published": "2024-01-02T10:00:00Z"}),
    "two.test/wire": ([*WIRE, "Our own last line."], {"date_published": "2024-01-02T12:00:00Z"}),
    "three.test/half": ([*(text.upper() for text in WIRE[:4]), *OWN[:3]], {"date_published": "2024-01-03"}),
    "three.test/again": ([*WIRE], {"date_published": "2024-01-04"}),
    "four.test/quote": ([WIRE[0], *OWN[:4], "And more of it."], {"date_published": "2024-01-05"}),
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("copies") / "index.db", throwaway=True) as db:
        items = []
        for number, (slug, (parts, values)) in enumerate(STORIES.items()):
            url = f"https://{slug}"
            items.append(seen(number, url=url, outcome=article(url, text="\n\n".join(parts), title=slug, **values)))
        for number in range(60):
            url = f"https://notice{number}.test/{number}"
            parts = [NOTICE, NOTICE + " Never.", paragraph(f"boat{number}", 1)]
            items.append(seen(100 + number, url=url, outcome=article(url, text="\n\n".join(parts), title=str(number))))
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
        yield db


def pairs(db):
    rows = db.execute("SELECT url, copy_of_url, share, share_of_first, blocks, agency FROM copies")
    return {tuple(url.removeprefix("https://") for url in row[:2]): row[2:] for row in rows}


def test_copies_are_listed_with_who_was_first_and_how_much_is_shared(db):
    found = pairs(db)
    assert set(found) == {
        ("two.test/wire", "one.test/wire"),
        ("three.test/half", "one.test/wire"),
        ("three.test/half", "two.test/wire"),
        ("three.test/again", "one.test/wire"),
        ("three.test/again", "two.test/wire"),
        ("four.test/quote", "three.test/half"),  # three paragraphs of half a text; one is no copy of a wire story
    }
    share, of_first, blocks, agency = found["two.test/wire", "one.test/wire"]
    assert 0.9 < share < 1 and 0.9 < of_first < 1 and blocks == 5 and agency == "Reuters"
    assert (
        found["three.test/again", "two.test/wire"][0] > 0.97 and found["three.test/again", "two.test/wire"][3] is None
    )
    assert found["three.test/half", "one.test/wire"][2] == 4


def test_a_notice_under_many_stories_makes_no_copies(db):
    assert not [pair for pair in pairs(db) if "notice" in pair[0]]


def test_collapsing_keeps_the_first_of_those_that_are_found(db):
    def found(**values):
        hits = search(db, SearchQuery("ferry", limit=None, **values))
        return sorted(hit.url.removeprefix("https://") for hit in hits)

    assert len(found()) == 5
    assert "one.test/wire" in found(collapse=True) and len(found(collapse=True)) < 3
    # The first is not among those asked for: the next one stands for it.
    assert found(site="two.test", collapse=True) == ["two.test/wire"]
    assert "two.test/wire" in sorted(
        hit.url.removeprefix("https://") for hit in search(db, SearchQuery("ferry NOT site:one.test", collapse=True))
    )
    assert count(db, SearchQuery("ferry", collapse=True)) == len(found(collapse=True))
    (part,) = trends(db, [SearchQuery("ferry", collapse=True)], "year")[:1]
    assert part.counts == (len(found(collapse=True)),)
