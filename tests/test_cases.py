"""Pages saved as test cases for a site's layout."""

import json

import pytest


@pytest.mark.slow
def test_a_saved_case_reports_fields_that_changed(crawled, new_program):
    _, source, _ = crawled
    program = new_program()
    (program.home / "spiders" / "elpuente.py").write_text((source.home / "spiders" / "elpuente.py").read_text())
    program.archive.symlink_to(source.archive)
    ((url, title),) = program.rows("SELECT url, title FROM articles WHERE versions = 1 ORDER BY id LIMIT 1")
    program.run("sites", "save-case", url)
    (case,) = (program.home / "cases" / "elpuente").iterdir()
    data = json.loads((case / "case.json").read_text())
    assert (data["url"], data["expected"]["title"]) == (url, title)
    assert "as expected" in program.run("sites", "test-cases")

    data["expected"]["title"] = "What a person says it is"
    (case / "case.json").write_text(json.dumps(data))
    told = program.run("sites", "test-cases", "elpuente", exit_code=19)
    assert "title: expected What a person says it is" in told and title in told

    del data["expected"]["title"]
    (case / "case.json").write_text(json.dumps(data))
    program.run("sites", "test-cases")

    (case / "page.html.gz").write_bytes(b"torn")
    program.run("sites", "test-cases", exit_code=2)


@pytest.mark.slow
def test_without_a_case_the_next_step_is_named(new_program):
    process = new_program().start("sites", "test-cases")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2 and b"archiver sites save-case URL" in errors
