"""Malicious WARC files: their good records are read, bad ones are reported, within limits of time and memory."""

import contextlib
import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).with_name("torture")))

from hostile_warcs import GOOD, hostile_files
from hostile_warcs import light_parts as light

from archiver import layout
from archiver.errors import DamageError
from archiver.extract.pool import ExtractionPool
from archiver.http1 import decode_content, parse_head
from archiver.index.database import open_reader
from archiver.index.ingest.upkeep import catch_up, rebuild
from archiver.layout import Layout, Site, described_site
from archiver.media_type import media_type
from archiver.urls import canonical_url, has_article_shape, host_of, surt
from archiver.warc import Damage, capture_of, crawl_record_of, passed_over, read_records
from warc_samples import arc, in_one, members, record, story, warcinfo, zst


@pytest.fixture(scope="module")
def pool():
    with ExtractionPool(1) as pool:
        yield pool


def urls_in(index):
    with open_reader(index) as db:
        return {url for (url,) in db.execute("SELECT url FROM captures")}


@pytest.mark.slow
@pytest.mark.parametrize("pack", [members, in_one], ids=["members", "one member"])
def test_hostile_records_affect_only_themselves(tmp_path, pool, pack):
    # Names and numbers of every invalid form; each is followed by a story that must be found.
    (tmp_path / "warc").mkdir()
    parts = list(light())
    stories = [story(10_000 + number) for number in range(len(parts))]
    path = tmp_path / "all.warc.gz"
    path.write_bytes(pack(*(part for pair in zip((part for _, part in parts), stories, strict=True) for part in pair)))
    report = catch_up(tmp_path / "index.db", tmp_path / "warc", (), pool, foreign=[path])
    assert report.failed == [] and report.damage
    wanted = {f"http://paper.example/2024/05/{10_000 + number}-story": name for number, (name, _) in enumerate(parts)}
    assert {name for url, name in wanted.items() if url not in urls_in(tmp_path / "index.db")} == set()
    select = "SELECT id, url, skip_reason FROM captures ORDER BY id"
    with open_reader(tmp_path / "index.db") as db:
        before = db.execute(select).fetchall()
        assert db.execute("SELECT count(*) FROM passed_over WHERE reason = 'unsupported_pattern'").fetchone()[0] > 0
    rebuild(tmp_path / "index.db", tmp_path / "warc", (), pool)
    with open_reader(tmp_path / "index.db") as db:
        assert db.execute(select).fetchall() == before


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_hostile_file_yields_its_good_records_with_little_memory(tmp_path, pool):
    lost = []
    for name, make in hostile_files():
        path = tmp_path / name
        path.write_bytes(make())
        home = tmp_path / f"of {name}"
        (home / "warc").mkdir(parents=True)
        report = catch_up(home / "index.db", home / "warc", (), pool, foreign=[path])
        if report.failed or not urls_in(home / "index.db").issuperset(GOOD):
            lost.append(name)
        path.unlink()
    assert lost == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000


@pytest.mark.slow
def test_files_that_cannot_be_used_stop_no_others(new_program, tmp_path):
    program = new_program()
    good = tmp_path / "good.warc.gz"
    good.write_bytes(members(story(1)))
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9-\xff.warc.gz"))
    odd.write_bytes(members(story(2)))
    page = tmp_path / "page.html"
    page.write_text("<html>no archive</html>", encoding="utf-8")
    empty = tmp_path / "empty.warc.gz"
    empty.write_bytes(b"")
    missing = tmp_path / "missing.warc.gz"

    def index(*paths):
        command = [Path(sys.executable).with_name("archiver"), "-A", program.archive, "index", "--json", *paths]
        done = subprocess.run(command, capture_output=True, timeout=100, check=False)
        assert b"Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    code, report = index(empty)
    assert (code, report["captures"]) == (0, 0)
    code, report = index(missing, good)
    assert (code, report["captures"], report["not_found"]) == (2, 1, [str(missing)])
    for captures in (1, 0):
        code, report = index(page, odd)
        assert (code, report["captures"], len(report["failed"])) == (20, captures, 1)
    [(name,)] = program.rows("SELECT warc_file FROM captures WHERE url LIKE '%/2-story'")
    assert name == str(tmp_path / "caf\\xe9-\\xff.warc.gz")
    page_of_it = program.run("show", "http://paper.example/2024/05/2-story", "--html")
    assert "district 2" in page_of_it


def test_a_pattern_from_a_warc_file_matches_as_in_its_spider():
    site = Site(
        "n", ("n.example",), r"^/(?:en|es)/[^/?]+/[^/?]+$|/art[ií]c(?:les|ulos)/", "www.n.example",
        r"w{2,3}[0-9a-z]?\.n\.example",
        layouts=(Layout(body="article"),),
    )  # fmt: skip
    described, faults = described_site(json.loads(json.dumps(site.to_json())))
    assert faults == () and described is not None and described.untrusted and not site.untrusted
    for url in (
        "https://www3.n.example/es/a/b?x",
        "https://n.example/es/a/b",
        "https://n.example/artículos/z",
        "http://[",
    ):
        assert described.is_article_url(url) == site.is_article_url(url)
        assert described.unmirrored(url) == site.unmirrored(url)


@pytest.mark.parametrize(("name", "pattern"), [
    ("article_url", "^/(2024"), ("mirror_hosts", r"(?!www)w+\.paper\.example"),
])  # fmt: skip
def test_a_pattern_that_can_not_be_run_safely_is_ignored_and_reported(tmp_path, pool, name, pattern):
    (tmp_path / "warc").mkdir()
    site = {"name": "n", "domains": ["paper.example"], "canonical_host": "paper.example", name: pattern}
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members(warcinfo(f"archiver-site: {json.dumps(site)}"), story(1)))
    report = catch_up(tmp_path / "index.db", tmp_path / "warc", (), pool, foreign=[path])
    assert dict(report.skips) == {"unsupported_pattern": 1} and report.applied.stories == 1


def test_a_rebuild_without_spiders_applies_a_rule_with_look_around():
    data = {"name": "n", "domains": ["paper.example"], "article_url": r"^/en/(?!tags)[^/]+/[^/]+$"}
    described, faults = described_site(data)
    assert faults == ()
    assert described.is_article_url("https://paper.example/en/city/a-story") is True
    assert described.is_article_url("https://paper.example/en/tags/ferry") is False


def test_a_slow_rule_with_look_around_is_stopped(monkeypatch):
    monkeypatch.setattr(layout, "_SECONDS", 0.05)
    described, _ = described_site({"name": "n", "domains": ["paper.example"], "article_url": r"^/(?=(a|aa)+$)"})
    endless = "https://paper.example/" + "a" * 60 + "!"
    assert [described.is_article_url(endless) for _ in range(3)] == [None] * 3


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"https?://[\[\]:@/?#a-z0-9.%-]{0,40}", fullmatch=True)))
@example("http://[")
@example("http://a:99999999/x")
@example("http://x.example/\ud800")
def test_no_url_raises(url):
    for function in (surt, canonical_url, host_of, has_article_shape):
        function(url)
    assert canonical_url(canonical_url(url)) == canonical_url(url)
    assert Site("a", ("a.example",), mirror_hosts="x", canonical_host="y").unmirrored(url) is not None


SOUND = {
    "a.warc.gz": members(*(story(number) for number in range(8))),
    "one.warc.gz": in_one(*(story(number) for number in range(8))),
    "a.warc": b"".join(story(number) for number in range(8)),
    "a.warc.zst": zst([story(number) for number in range(8)]),
    "a.arc": arc(*range(8), gz=False),
    "a.arc.gz": arc(*range(8)),
}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_reading_never_raises_always_ends_and_finds_sound_records(tmp_path, data):
    name = data.draw(st.sampled_from(sorted(SOUND)))
    whole = SOUND[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(
        st.one_of(st.binary(max_size=300), st.sampled_from([b"WARC/1.0\r\n", b"\x1f\x8b\x08\x00", bytes(5000)]))
    )
    cut = data.draw(st.integers(0, 2000))
    path = tmp_path / name
    path.write_bytes(whole[:at] + junk + whole[at + cut :])
    stream = read_records(path)
    blocks = []
    for found in stream:
        if isinstance(found, Damage):
            assert found.length >= 0 and found.cause
            continue
        with contextlib.suppress(DamageError):
            capture_of(found), crawl_record_of(found), passed_over(found)
        blocks.append(found.block)
    assert stream.complete_up_to == path.stat().st_size
    if name != "one.warc.gz":  # in that file a fault ends decompression
        path.write_bytes(whole)
        sound = [(found.ref.offset, found.ref.offset + found.ref.length, found.block) for found in read_records(path)]
        untouched = [block for begin, end, block in sound if end <= at - 8 or begin >= at + cut + 8]
        # A junk byte that makes the record before it look longer loses that record too.
        assert len([block for block in untouched if block not in blocks]) <= 1


@pytest.mark.parametrize("junk", [
    b"\x1f\x8b\x08", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x28\xb5\x2f\xfd",
    b"\x5d\x2a\x4d\x18\xff\x00\x00\x00",
], ids=["gzip", "gzip header", "zstd", "zstd dictionary"])  # fmt: skip
@pytest.mark.parametrize("name", ["a.warc", "a.arc"])
def test_plain_records_after_the_first_bytes_of_a_compressed_file_are_read(tmp_path, name, junk):
    path = tmp_path / name
    path.write_bytes(junk + SOUND[name])
    damage, *found = read_records(path)
    assert isinstance(damage, Damage) and damage.offset == 0
    assert len([entry for entry in found if not isinstance(entry, Damage) and entry.type == "response"]) == 8


@pytest.mark.parametrize("junk", [b"WARC/", b"WARC/1.0\r\n", b"filedesc:"])
@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc.zst", "a.arc.gz"])
def test_compressed_records_after_the_first_bytes_of_a_plain_file_are_read(tmp_path, name, junk):
    path = tmp_path / name
    path.write_bytes(junk + SOUND[name])
    found = [entry for entry in read_records(path) if not isinstance(entry, Damage) and entry.type == "response"]
    assert len(found) == 8


def test_a_compressed_file_with_a_damaged_first_member_and_stored_members_is_not_plain(tmp_path):
    path = tmp_path / "a.warc.gz"
    stored = [gzip.compress(story(number), compresslevel=0) for number in range(4)]
    path.write_bytes(b"\x1f\x8b\x08\xff" + stored[0][20:] + b"".join(stored[1:]))
    found = [entry for entry in read_records(path) if not isinstance(entry, Damage)]
    assert len(found) == 3


@pytest.mark.parametrize("work", [
    lambda: decode_content(gzip.compress(b"") * 2_000_000, ["gzip"], 2**26),
    lambda: decode_content(zst([b""]) * 2_000_000, ["zstd"], 2**26),
    lambda: parse_head(b"HTTP/1.1 200 OK\r\na: b\r\n" + b" c\r\n" * 400_000 + b"\r\n"),
    lambda: media_type("text/html; charset=" + " " * 2_000_000),
    lambda: canonical_url("http://a.example/x" + "/print" * 10_000),
], ids=["gzip members", "zstd frames", "folded lines", "blanks in a type", "print of print"])  # fmt: skip
def test_work_is_bounded_for_any_bytes(work):
    # Each took minutes or a deep recursion when processing time was quadratic.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    work()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 20


def test_a_wrong_length_in_the_middle_of_a_line_does_not_hide_the_next_file(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(story(1)[:-50] + story(2) + record(b"x", kind="metadata", length=5) + story(3))
    found = [entry.fields["warc-target-uri"] for entry in read_records(path) if not isinstance(entry, Damage)]
    assert found[0].endswith("2-story") and found[-1].endswith("3-story")
