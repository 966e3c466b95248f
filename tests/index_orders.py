"""Indexes made from the same captures in different orders and pieces: all must be equal."""

import tempfile
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path

from hypothesis import strategies as st

from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read.consistency import fingerprint
from archiver.model import Batch


class Index:
    """An index to which captures are added one by one."""

    def __init__(self, db):
        self.db = db

    def add(self, *items):
        for item in items:  # each in a file of its own, so that they may be read in any order
            name = f"{item.capture.ref.record_id[10:-1]}.warc.gz"
            moved = replace(item, capture=replace(item.capture, ref=replace(item.capture.ref, warc_file=name)))
            apply(self.db, Batch(name, 1000, (moved,)))
        assert check(self.db) == []

    def rows(self, sql, *values):
        return [tuple(row) for row in self.db.execute(sql, values)]


def in_every_order(folder, items):
    """An index of some captures; checked to be the same in any order."""
    prints = []
    for turn, order in enumerate(permutations(items)):
        with open_writer(folder / f"{turn}.db", throwaway=True) as db:
            Index(db).add(*order)
            prints.append(fingerprint(db) | {"warcs": ""})
            if len(prints) > 1:
                differing = [table for table in prints[0] if prints[0][table] != prints[-1][table]]
                assert not differing, (turn, differing)
    return folder / "0.db"


def whole_and_in_pieces(data, items, look=lambda db: None):
    """The fingerprints of two indexes of some captures: read in one go, and shuffled in pieces. `look` is called with
    both."""
    shuffled = data.draw(st.permutations(items))
    cuts = sorted({0, len(items), *data.draw(st.lists(st.integers(0, len(items)), max_size=3))})
    prints = []
    with tempfile.TemporaryDirectory() as folder:
        for name, batches in (
            ("whole.db", [items]),
            ("pieces.db", [shuffled[start:end] for start, end in pairwise(cuts)]),
        ):
            with open_writer(Path(folder) / name, throwaway=True) as db:
                for position, batch in enumerate(batches, 1):
                    apply(db, Batch("a.warc.gz", position, tuple(batch)))
                assert check(db) == []
                look(db)
                prints.append(fingerprint(db) | {"warcs": ""})
    return prints
