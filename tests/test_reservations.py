"""Statements of sites about archiving a page are recorded with each capture, and shown."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.extract import extract
from archiver.index.database import check, open_writer
from archiver.index.ingest.batch import apply
from archiver.index.read import story_reader
from archiver.model import Article, Batch, Extracted
from index_samples import URL, article, at, seen
from testsites import story


def captured(record, hours, fields=(), **values):
    item = seen(record, hours, outcome=article(**values))
    return Extracted(replace(item.capture, http_headers=tuple(fields)), item.outcome)


def recorded(tmp_path, *items):
    tmp_path.mkdir(exist_ok=True)
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1000, items))
        assert check(db) == []
        return {tuple(row) for row in db.execute("SELECT word, source FROM reservations")}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("noarchive", {"noarchive"}),
        ("NoArchive, nofollow", {"noarchive"}),
        ("archiver: none", {"none"}),
        ("*: noarchive", {"noarchive"}),
        ("otherbot: noarchive", set()),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noindex", {"noindex"}),
        ("all", set()),
        ("", set()),
    ],
)
def test_the_field_x_robots_tag_is_recorded(tmp_path, value, words):
    found = recorded(tmp_path, captured(1, 0, [("x-robots-tag", value)]))
    assert found == {(word, "X-Robots-Tag") for word in words}


def test_a_reservation_of_text_and_data_mining_is_recorded(tmp_path):
    fields = [("TDM-Reservation", "1"), ("tdm-policy", "https://www.paper.test/policy.json")]
    assert recorded(tmp_path, captured(1, 0, fields)) == {("tdm-reservation", "tdm-reservation")}
    assert recorded(tmp_path / "other", captured(1, 0, [("tdm-reservation", "0")])) == set()


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('<meta name="robots" content="noarchive, noindex">', ("noarchive", "noindex")),
        ('<META NAME="ROBOTS" CONTENT="NOARCHIVE">', ("noarchive",)),
        ('<meta name="tdm-reservation" content="1">', ("tdm-reservation",)),
        ('<meta name="googlebot" content="noarchive"><meta name="robots" content="index">', ()),
    ],
)
def test_directives_in_a_page_s_head_are_recorded(head, words):
    found = extract(story("The ferry", head).encode(), "https://www.paper.test/2026/05/01/the-ferry", at(0))
    assert isinstance(found, Article) and found.reservations == words


def test_reservations_are_shown_with_the_story_and_change_nothing(tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    with open_writer(archive / "index.db") as db:
        apply(db, Batch("a.warc.gz", 1, (captured(1, 0), captured(2, 24, reservations=("noarchive",)))))
        ((number, versions),) = db.execute("SELECT id, versions FROM articles").fetchall()
        assert story_reader.reservations(db, number) == [("noarchive", "2026-05-02T08:00:00.000Z")] and versions == 1
    shown = CliRunner().invoke(cli, ["-A", str(archive), "show", URL], catch_exceptions=False)
    assert "noarchive (2026-05-02" in shown.stdout
    told = CliRunner().invoke(cli, ["-A", str(archive), "show", URL, "--json"], catch_exceptions=False)
    assert [entry["word"] for entry in json.loads(told.stdout)["reservations"]] == ["noarchive"]
