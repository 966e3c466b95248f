"""Archives of earlier versions of archiver: they open, and nothing in them is lost."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.index.database import open_reader
from archiver.index.read.story_reader import find_story, versions
from conftest import Program

ARCHIVES = Path(__file__).parent / "archives"
VERSIONS = sorted(folder.name for folder in ARCHIVES.iterdir() if folder.is_dir())


@pytest.fixture(params=VERSIONS)
def old_home(request, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ARCHIVES / request.param, home)
    return Program(home)


def kept(program, sql):
    """A column of the index as the earlier version stored it."""
    db = sqlite3.connect(program.archive / "index.db")
    try:
        return [row[0] for row in db.execute(sql)]
    finally:
        db.close()


def test_an_older_index_opens_or_names_the_one_command_that_helps(old_home):
    process = old_home.start("status")
    output, errors = process.communicate(timeout=60)
    if process.returncode:
        assert process.returncode == 2 and not output
        (line,) = errors.decode().splitlines()
        assert "archiver index" in line


@pytest.mark.slow
def test_every_cited_id_still_leads_to_its_story(old_home):
    numbers = kept(old_home, "SELECT id FROM articles")
    texts = {number: kept(old_home, f"SELECT text FROM versions WHERE article_id = {number}") for number in numbers}
    pages = kept(old_home, "SELECT DISTINCT url FROM captures WHERE article_id IS NOT NULL")
    old_home.run("index", "--rebuild")
    found = dict(old_home.rows("SELECT old_id, id FROM former_ids"))
    today = {row[0] for row in old_home.rows("SELECT id FROM articles")}
    assert old_home.json("show", str(numbers[0]), "--json")["id"] in today
    with open_reader(old_home.archive / "index.db") as db:
        for number in numbers:
            story = find_story(db, number)
            assert story.id == found.get(number, number) and story.id in today
            # Complete, also if its page is now one of several of a story.
            assert any(old in version.text for version in versions(db, story.id) for old in texts[number])
        assert all(find_story(db, url).id in today for url in pages)


def test_a_rebuild_keeps_every_capture_story_decision_and_search(old_home):
    stories = kept(old_home, "SELECT id FROM articles")
    urls = kept(old_home, "SELECT url FROM captures")
    texts = set(kept(old_home, "SELECT text FROM versions"))
    old_home.run("index", "--rebuild")
    assert sorted(url for (url,) in old_home.rows("SELECT url FROM captures")) == sorted(urls)
    today = [text for (text,) in old_home.rows("SELECT text FROM version_texts")]
    assert all(any(old in text for text in today) for old in texts)
    with open_reader(old_home.archive / "index.db") as db:
        assert all(find_story(db, story).title for story in stories)
    assert [row[0] for row in old_home.rows("SELECT name FROM searches")] == ["boats"]
    assert old_home.rows("SELECT status FROM boilerplate") == [("accepted",)]
    # Stories it has shown are not new after a rebuild; a page that was taken for an edit of another is.
    shown = {hit["id"] for hit in old_home.json("search", "--new", "boats", "--json")}
    assert not shown & set(stories)


@pytest.mark.slow
def test_an_archive_is_migrated_by_the_command_that_its_message_names(old_home):
    process = old_home.start("index")
    _, errors = process.communicate(timeout=60)
    if process.returncode:
        assert "archiver index --rebuild" in errors.decode()
        old_home.run("index", "--rebuild")
    assert old_home.run("search", "lighthouse")


def test_an_outdated_index_was_called_damage_with_another_remedy(old_home):
    told = CliRunner().invoke(cli, ["-A", str(old_home.archive), "verify"], standalone_mode=False)
    assert (told.exception, told.return_value) == (None, 0)
    *_, files, index = told.stderr.splitlines()
    assert "not in the manifest yet: `archiver manifest` adds them" in files
    assert index == "the index was made by an older archiver: run `archiver index --rebuild`"
