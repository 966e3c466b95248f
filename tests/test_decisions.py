"""People's decisions are kept in order, and the last one about a key is valid."""

from datetime import UTC, datetime

import pytest

from archiver import decisions
from archiver.errors import DamageError
from archiver.index.database import open_writer
from archiver.index.learn.mirror_decisions import hosts, replay_hosts
from archiver.index.search.saved_searches import SavedSearches
from archiver.index.search.selection import SearchQuery

AT = datetime(2026, 5, 1, 8, tzinfo=UTC)


def test_decisions_are_read_in_order_and_the_last_is_valid(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    assert decisions.read(path) == []
    first = decisions.append(path, "host", "ww3w.example.com", "accept", "same pages ✓", at=AT)
    other = decisions.append(path, "boilerplate", "example:17", "reject", at=AT)
    last = decisions.append(path, "host", "ww3w.example.com", "reject", "a site of its own", at=AT)
    assert decisions.read(path) == [first, other, last]
    assert decisions.latest(decisions.read(path), "host") == {"ww3w.example.com": last}
    assert first.at == "2026-05-01T08:00:00Z"


def test_a_line_cut_short_by_a_crash_is_ignored_and_affects_no_other(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    kept = decisions.append(path, "host", "a.example", "accept", at=AT)
    with path.open("ab") as file:
        file.write(b'{"kind": "host", "key"')
    after = decisions.append(path, "host", "b.example", "accept", at=AT)
    assert decisions.read(path) == [kept, after]


def test_an_invalid_line_of_decisions_is_reported(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    path.write_text('{"kind": "host"}\n')
    with pytest.raises(DamageError, match="line 1"):
        decisions.read(path)


def test_decisions_of_older_versions_had_their_data_in_other_fields_and_are_read(tmp_path):
    path = tmp_path / decisions.FILE_NAME
    decisions.append(path, "host", "ww3.a.test", "mirror of www.a.test")
    decisions.append(path, "host", "ww4.a.test", "accept", value="www.a.test")
    decisions.append(path, "search", "old", "save", '{"text": "ferry"}')
    SavedSearches(tmp_path).save("new", SearchQuery("mill"))
    with open_writer(tmp_path / "index.db") as db:
        replay_hosts(db, tmp_path)
        assert {row.host: row.canonical_host for row in hosts(db)} == dict.fromkeys(
            ("ww3.a.test", "ww4.a.test"), "www.a.test"
        )
    found = SavedSearches(tmp_path).all()
    assert {name: search.query.text for name, search in found.items()} == {"old": "ferry", "new": "mill"}
    assert decisions.read(path)[-1].reason == "" and "mill" in decisions.read(path)[-1].value
