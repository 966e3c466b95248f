"""The main property of the index: built in pieces, in any order, with crashes in between, it equals one built in one
go."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import DamagedStretch, apply
from archiver.index.read.consistency import fingerprint
from archiver.model import Batch, Image, Link
from index_samples import ALDIA, URL, article, closing, failed, revisit, seen, warcinfo

SPANISH = "https://www.aldia.test/2026/el-mural"
ADDRESSES = (URL, URL + "?utm_source=feed", "https://ww3w.aldia.test/2026/the-mural", SPANISH)
TEXTS = ("The mural was finished.", "The mural was finished.\n\nIt is large.", "The wall was painted over.")


@st.composite
def stories(draw):
    url = draw(st.sampled_from(ADDRESSES))
    spanish = url == SPANISH
    return url, article(
        draw(st.sampled_from((url, URL, SPANISH))) if draw(st.booleans()) else url,
        text=draw(st.sampled_from(TEXTS)),
        title=draw(st.sampled_from(("The mural", "A mural"))),
        language=draw(st.sampled_from(("es" if spanish else "en", None))),
        section=draw(st.sampled_from(("Culture", None))),
        date_published=draw(st.sampled_from(("2026-05-01", "2026-05-02T10:00:00+02:00", None))),
        alternates=draw(st.sampled_from(((), (("es", SPANISH), ("en", URL)), (("en", ADDRESSES[2]),)))),
        shared_id=draw(st.sampled_from((None, "link 1", "url 20202"))),
        links=draw(st.sampled_from(((), (Link(URL, "a"),), (Link(URL, "b", True),)))),
        images=draw(st.sampled_from(((), (Image("https://i.test/1.jpg"),)))),
        extractor=draw(st.sampled_from(("test-1", "test-1", "test-2"))),
    )


@st.composite
def archives(draw):
    """WARC files as batches in which each could be read: {name: [items]}."""
    files = {}
    known = []
    record = 0
    for number in range(draw(st.integers(1, 3))):
        name = f"{number}.warc.gz"
        crawl = draw(st.sampled_from(("one", "two")))
        items = [warcinfo(f"info{number}", crawl, draw(st.sampled_from((None, ALDIA))), name, float(number))]
        for _ in range(draw(st.integers(0, 6))):
            record += 1
            hours = draw(st.integers(0, 12))
            what = draw(st.sampled_from(("story", "story", "story", "gone", "revisit", "copy")))
            if what == "story" or not known:
                url, outcome = draw(stories())
                digest = draw(st.sampled_from((f"sha1:{record}", "sha1:shared")))
                cut = draw(st.sampled_from((None, None, "disconnect")))
                item = seen(
                    record, hours, url=url, outcome=outcome, file=name, payload_digest=digest, truncated=cut
                )  # fmt: skip
                known.append(item)
            elif what == "gone":
                status = draw(st.sampled_from((404, 410, 200, 503)))
                item = failed(record, hours, status, draw(st.sampled_from(ADDRESSES)), file=name)
            elif what == "revisit":
                original = draw(st.sampled_from(known))
                changed = draw(st.sampled_from(({}, {"refers_to_url": None}, {"refers_to_date": None})))
                status = draw(st.sampled_from((200, 304)))
                digest = original.capture.payload_digest if status == 200 else None
                item = revisit(
                    record, hours, original, url=original.capture.url, status=status, file=name,
                    payload_digest=digest, truncated=draw(st.sampled_from((None, "length"))), **changed,
                )  # fmt: skip
            else:
                item = draw(st.sampled_from(known))  # the same record again, in this file
            items.append(item)
        if draw(st.booleans()):
            skipped = [{"url": URL, "reason": "robots", "found_on": None}] * draw(st.integers(0, 2))
            items.append(closing(f"end{number}", crawl, 20.0 + number, name, skipped=skipped))
        files[name] = items
    return files


def batches(files, cuts):
    """Every file's items in consecutive pieces, each with the offset after it and the damage found in it."""
    found = {}
    for name, items in files.items():
        borders = sorted({0, len(items), *(cut % (len(items) + 1) for cut in cuts)})
        found[name] = [
            (
                Batch(name, end * 100, tuple(items[start:end])),
                [DamagedStretch(end * 100 - 50, 50, "bad") for end in range(start + 1, end + 1) if end == 3],
            )
            for start, end in pairwise(borders)
        ]
    return found


def build_at_once(files, path):
    with open_writer(path, throwaway=True) as db:
        for pieces in batches(files, ()).values():
            for batch, damage in pieces:
                apply(db, batch, (), damage)
        return fingerprint(db)


def build_in_pieces(files, path, cuts, order, crashes):
    pieces = batches(files, cuts)
    step = 0
    while any(pieces.values()):
        waiting = sorted(name for name, left in pieces.items() if left)
        name = waiting[order[step % len(order)] % len(waiting)]
        batch, damage = pieces[name].pop(0)
        with open_writer(path, throwaway=True) as db:
            if crashes[step % len(crashes)]:
                with pytest.raises(AttributeError):
                    apply(db, batch, (), [*damage, None])  # damage is written last, just before the commit
            apply(db, batch, (), damage)
        step += 1
    with open_writer(path, throwaway=True) as db:
        assert check(db) == []
        return fingerprint(db)


EXAMPLES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PIECES = given(
    files=archives(),
    cuts=st.lists(st.integers(0, 9), max_size=4),
    order=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    crashes=st.lists(st.booleans(), min_size=1, max_size=5),
)


@settings(EXAMPLES, max_examples=20)
@PIECES
def test_pieces_in_any_order_with_crashes_equal_one_build(files, cuts, order, crashes):
    pieces_equal_one_build(files, cuts, order, crashes)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=300)
@PIECES
def test_pieces_in_any_order_with_crashes_equal_one_build_with_many_examples(files, cuts, order, crashes):
    pieces_equal_one_build(files, cuts, order, crashes)


def pieces_equal_one_build(files, cuts, order, crashes):
    with tempfile.TemporaryDirectory() as folder:
        expected = build_at_once(files, Path(folder) / "whole.db")
        assert build_in_pieces(files, Path(folder) / "pieces.db", cuts, order, crashes) == expected
