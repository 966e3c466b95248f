"""`archiver extract` for programs that pipe pages: a story, or the reason why there is none."""

import json

import pytest

URL = "https://www.example.com/2024/05/a-story"


@pytest.fixture
def run(new_program):
    """Runs `archiver extract`: `run(arguments, payload)` -> (exit code, stdout, stderr)."""

    def extract(*arguments, payload):
        process = new_program().start("extract", *arguments, stdin=-1)
        output, errors = process.communicate(payload, timeout=60)
        assert b"Traceback" not in errors
        return process.returncode, output.decode(), errors.decode()

    return extract


@pytest.mark.slow
@pytest.mark.parametrize(
    ("payload", "form", "reason"),
    [
        (b"", "json", "empty"),
        (b"", "text", "empty"),
        (b"<html><body></body></html>", "markdown", "empty"),
        (b"%PDF-1.7", "json", "not_text"),
    ],
)
def test_a_page_without_a_story_gives_the_reason_in_json_or_ends_with_19(run, tmp_path, payload, form, reason):
    file = tmp_path / "page.html"
    file.write_bytes(payload)
    for source in ([], [file]):
        code, output, errors = run(*source, "--url", URL, "--format", form, payload=payload)
        if form == "json":
            assert (code, errors, json.loads(output)["skip_reason"]) == (0, "", reason)
        else:
            assert (code, output) == (19, ""), "a text that isn't there is no text"
            assert errors.startswith(f"archiver: no story in {URL}: {reason} (") and errors.count("\n") == 1


@pytest.mark.slow
def test_a_stream_of_pages_ends_with_0_and_states_why_each_is_not_a_story(run):
    lines = [{"id": 1, "url": URL, "html": ""}, {"id": 2, "url": URL, "html": "<html></html>"}]
    code, output, errors = run("--jsonl", payload="\n".join(map(json.dumps, lines)).encode())
    assert (code, errors) == (0, "")
    assert [json.loads(line)["skip_reason"] for line in output.splitlines()] == ["empty", "empty"]
    assert run("--jsonl", payload=b"") == (0, "", "")


def test_the_url_of_a_page_needs_no_scheme_but_must_be_valid(run):
    code, output, _ = run("--url", "www.example.com/a", payload=b"")
    assert (code, json.loads(output)["url"]) == (0, "https://www.example.com/a")
    assert run("--url", "nonsense", payload=b"")[:2] == (2, "")
