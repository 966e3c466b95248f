"""What people decided stays, in order, and the last word about a thing holds."""

from datetime import UTC, datetime

import pytest

from archiver import decisions
from archiver.errors import DamageError

AT = datetime(2026, 5, 1, 8, tzinfo=UTC)


def test_decisions_come_back_in_order_and_the_last_holds(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    assert decisions.read(path) == []
    first = decisions.append(path, "host", "ww3w.example.com", "accept", "same pages ✓", at=AT)
    other = decisions.append(path, "boilerplate", "example:17", "reject", at=AT)
    last = decisions.append(path, "host", "ww3w.example.com", "reject", "a site of its own", at=AT)
    assert decisions.read(path) == [first, other, last]
    assert decisions.latest(decisions.read(path), "host") == {"ww3w.example.com": last}
    assert first.at == "2026-05-01T08:00:00Z"


def test_a_line_cut_short_by_a_crash_is_left_out_and_swallows_nothing(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    kept = decisions.append(path, "host", "a.example", "accept", at=AT)
    with path.open("ab") as file:
        file.write(b'{"kind": "host", "key"')
    after = decisions.append(path, "host", "b.example", "accept", at=AT)
    assert decisions.read(path) == [kept, after]


def test_a_line_that_is_no_decision_is_named(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    path.write_text('{"kind": "host"}\n')
    with pytest.raises(DamageError, match="line 1"):
        decisions.read(path)
