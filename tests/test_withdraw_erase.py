"""`archiver withdraw --erase`: no byte of the archive contains anything of the story, and the rest is sound."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.home import ArchiveDir
from archiver.index.database import open_reader
from archiver.index.read.consistency import fingerprint
from archiver.verify import verify
from archiver.verify.verify import CheckOptions
from archiver.warc import capture_of, read_records
from archiver.withdraw.traces import Traces, sentences_of
from conftest import make_program

URL = "https://www.harbor.example/2026/05/the-quay-is-sold?page=2"


def everything(archive):
    """All bytes of an archive, with WARC records decompressed and content codings decoded."""
    for path in sorted(archive.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
            if path.name.endswith(".gz"):
                yield path.name, gzip.decompress(path.read_bytes())
                for record in read_records(path):
                    if found := capture_of(record):
                        yield path.name, found[1].data


@pytest.fixture(scope="module")
def erased(crawled, tmp_path_factory):
    """A copy of a crawled archive before and after a story was erased: (program, before, story, url, sentences)."""
    program = make_program(tmp_path_factory.mktemp("erased") / "home", crawled[0].url)
    shutil.copytree(crawled[1].archive, program.archive)
    story, url, text = program.rows(  # the same one for any port, which affects IDs because they are hashes
        "SELECT id, url, text FROM articles a WHERE length(text) > 400"
        " ORDER BY (SELECT count(*) FROM link_urls l WHERE l.url = a.url) DESC, length(text) LIMIT 1"
    )[0]
    program.run("withdraw", url, "--reason", "ticket 20", "--erase")
    return program, crawled[1], story, url, sentences_of(text)


@pytest.mark.slow
def test_neither_a_sentence_nor_the_url_is_left_in_any_byte(erased):
    program, before, _, url, sentences = erased
    path = url.partition("://")[2].partition("/")[2].encode()
    needles = [path, *(sentence.encode() for sentence in sentences)]
    held = {needle for _, data in everything(before.archive) for needle in needles if needle in data}
    assert path in held
    assert len(held) > 2
    for name, data in everything(program.archive):
        for needle in needles:
            assert needle not in data, f"{needle!r} in {name}"


def complaints(archive):
    """The records that `warcio check` reports."""
    [path] = (archive / "warc").iterdir()
    command = [Path(sys.executable).with_name("warcio"), "check", path]
    return set(re.findall(r"urn:uuid:\S+", subprocess.run(command, check=False, capture_output=True, text=True).stdout))


@pytest.mark.slow
def test_the_rest_of_an_archive_is_sound_after_an_erasure(erased):
    program, before, story, url, _ = erased
    assert not verify(ArchiveDir(program.archive), CheckOptions(deep=True)).problems
    # warcio takes the chunks of a body as its payload, and so reports all such records.
    assert complaints(program.archive) <= complaints(before.archive)
    stories = dict(before.rows("SELECT id, text FROM articles"))
    del stories[story]
    assert dict(program.rows("SELECT id, text FROM articles")) == stories
    gone = program.rows("SELECT count(*) FROM captures WHERE url = ?", url)
    assert gone == [(0,)]


@pytest.mark.slow
def test_neighbouring_records_are_unchanged_at_their_new_places(erased):
    program, before, _, url, _ = erased

    def payloads(archive):
        found = {}
        for path in (archive / "warc").iterdir():
            for record in read_records(path):
                if (capture := capture_of(record)) and capture[0].record_type == "response":
                    found[record.ref.record_id] = (capture[0].url, capture[1].data)
        return found

    old, new = payloads(before.archive), payloads(program.archive)
    assert set(old) - set(new) == {key for key, (address, _) in old.items() if address == url}
    for key, (address, data) in new.items():
        assert address == old[key][0]
        assert len(data) == len(old[key][1])
    same = sum(new[key] == old[key] for key in new)
    assert same > len(new) / 2
    for offset, length, name in program.rows("SELECT warc_offset, warc_length, warc_file FROM captures"):
        member = (program.archive / "warc" / name).read_bytes()[offset : offset + length]
        assert gzip.decompress(member).startswith(b"WARC/1.1\r\n")


@pytest.mark.slow
def test_the_manifest_and_the_log_record_an_erasure_without_its_content(erased):
    program, _, story, _, _ = erased
    lines = [json.loads(line) for line in (program.archive / "manifest.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["added", "added", "removed"]
    assert {path.name for path in (program.archive / "warc").iterdir()} == {lines[1]["file"]}
    assert lines[2]["note"] == lines[1]["file"]
    log = [json.loads(line) for line in (program.archive / "decisions.jsonl").read_text().splitlines()]
    assert {line["verdict"] for line in log} == {"withdrawn", "erased"}
    assert all(re.fullmatch("[0-9a-f]{64}", line["key"]) for line in log)
    assert {(line["value"], line["reason"]) for line in log} == {(str(story), "ticket 20")}


@pytest.mark.slow
def test_an_index_rebuilt_after_an_erasure_is_the_same(erased, tmp_path):
    program = erased[0]
    copy = make_program(tmp_path / "copy")
    shutil.copytree(program.archive, copy.archive)
    shutil.copytree(program.home / "spiders", copy.home / "spiders", dirs_exist_ok=True)
    (copy.archive / "index.db").unlink()
    copy.run("index", "--rebuild")
    with open_reader(copy.archive / "index.db") as again, open_reader(program.archive / "index.db") as now:
        assert fingerprint(again) == fingerprint(now)


WAYS = {
    "absolute": b'<a href="https://www.harbor.example/2026/05/the-quay-is-sold?page=2">',
    "relative": b'<a href="/2026/05/the-quay-is-sold?page=2#comments">',
    "json": rb'{"url": "https:\/\/www.harbor.example\/2026\/05\/the-quay-is-sold?page=2"}',
    "share link": b"https://share.example/?u=https%3A%2F%2Fwww.harbor.example%2F2026%2F05%2Fthe-quay-is-sold%3Fpage%3D2",
    "header": b"Location: https://www.harbor.example/2026/05/the-quay-is-sold?page=2\r\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_url_is_found_in_any_notation(way):
    found = Traces((URL,)).blanked(WAYS[way])
    assert found is not None
    assert b"the-quay-is-sold" not in found
    assert len(found) == len(WAYS[way])


@pytest.mark.parametrize(
    "other",
    [b"/2026/05/the-quay-is-sold?page=21", b"/2026/05/the-quay-is-sold-again?page=2", b"/2026/05/the-quay-is-sold"],
)
def test_the_url_of_another_page_is_not_changed(other):
    assert Traces((URL,)).blanked(b'<a href="' + other + b'">') is None


@pytest.mark.parametrize(
    "written",
    [
        "«L’année» était finie, dit-on à Málaga.".encode(),
        "«L’année» était finie,\n   dit-on&nbsp;à Málaga.".encode(),
        "«L’année» était finie, dit-on à Málaga.".encode("cp1252"),
        b"\\u00abL\\u2019ann\\u00e9e\\u00bb \\u00e9tait finie, dit-on \\u00e0 M\\u00e1laga.",
        b"&#171;L&#8217;ann&#233;e&#xBB; &#xE9;tait finie, dit-on &#224; M&#225;laga.",
        "«L'année» était finie, dit-on à Málaga.".encode(),
    ],
)
def test_a_sentence_is_found_in_every_character_set_and_escaped(written):
    found = Traces((), ("«L’année» était finie, dit-on à Málaga.",)).blanked(b"<p>" + written + b"</p>")
    assert found is not None
    assert b"finie" not in found
    assert (found[:3], found[-4:]) == (b"<p>", b"</p>")


@given(st.text(min_size=1, max_size=60), st.binary(max_size=80))
def test_blanking_keeps_every_length_and_leaves_no_match(text, around):
    traces = Traces((URL,), tuple(sentences_of(text)) or ("a b c d",))
    data = around + text.encode("utf-8", "replace") + URL.encode() + b" " + around
    found = traces.blanked(data)
    assert found is not None
    assert len(found) == len(data)
    assert traces.blanked(found) is None
