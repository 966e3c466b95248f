"""`archiver boilerplate` as users work with it: list, reject, look, rebuild."""

import io

import pytest

from archiver.model import Exchange
from archiver.warc import WarcWriter
from sites import harborwire

LINE = harborwire.junk(harborwire.stories()[0])[-1]


@pytest.fixture
def program(new_program):
    """An archive with a dozen stories of a site without a spider."""
    program = new_program()
    warcs = program.archive / "warc"
    warcs.mkdir(parents=True)
    writer = WarcWriter(warcs, "harbor", {})
    for story in harborwire.stories()[:12]:
        html = harborwire.page(story).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(html)}\r\n\r\n".encode()
        response = io.BytesIO(head + html)
        writer.write_exchange(
            Exchange(story.url, story.captured, b"GET / HTTP/1.1\r\n\r\n", response, len(head + html))
        )
    writer.close()
    program.run("index")
    return program


@pytest.mark.slow
def test_what_was_learned_is_listed_with_its_evidence_and_can_be_rejected(program):
    assert program.rows("SELECT count(*) FROM articles WHERE text LIKE '%' || ? || '%'", LINE) == [(0,)]
    listed = program.json("boilerplate", "list", "--site", "harborwire.test", "--json")
    entry = next(entry for entry in listed if entry["text"] == LINE)
    assert (entry["status"], entry["what"], entry["stories"], entry["share"]) == ("learned", "text", 12, 1.0)
    header, *lines = program.run("boilerplate", "list").splitlines()
    assert header.split() == ["id", "status", "what", "stories", "share", "text"]
    assert any(LINE in line for line in lines)
    program.run("boilerplate", "list", "--site", "elsewhere", exit_code=2)
    url = harborwire.stories()[0].url
    assert any(
        line.startswith("boilerplate") and LINE in line for line in program.run("show", url, "--removed").splitlines()
    )

    decided = program.json("boilerplate", "reject", entry["id"], "--reason", "we want it", "--json")
    assert decided["status"] == "rejected" and "we want it" in decided["why"]
    assert LINE in program.json("show", url, "--json")["text"]
    before = program.rows("SELECT id, text, versions FROM articles ORDER BY id")
    program.run("index", "--rebuild")
    assert program.rows("SELECT id, text, versions FROM articles ORDER BY id") == before
    program.run("boilerplate", "accept", entry["id"])
    assert LINE not in program.json("show", url, "--json")["text"]
    program.run("boilerplate", "accept", "17", exit_code=2)
