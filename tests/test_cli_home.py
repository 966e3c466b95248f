"""A home's scrapy.cfg: its settings apply, and a mistake in it is reported before anything is done."""

import subprocess
import sys
from pathlib import Path

import pytest

from archiver.errors import UsageError
from archiver.home import find_home, home_at
from archiver.loader import load_spiders


@pytest.fixture
def home(tmp_path):
    """Writes a scrapy.cfg: `home("contact = x")` -> the folder."""

    def write(lines, section="[archiver]"):
        (tmp_path / "spiders").mkdir(exist_ok=True)
        (tmp_path / "scrapy.cfg").write_text(f"[settings]\ndefault = x\n{section}\n{lines}\n", encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "contcat = https://a.example/",
            "unknown key 'contcat': did you mean 'contact'?; known keys: archive, contact",
        ),
        ("user-agent = x", "unknown key 'user-agent': did you mean 'user_agent'?"),
        ("zzz = 1", "unknown key 'zzz': known keys: archive, contact, keep_logs, operator, reserved, user_agent"),
        ("archive =", "archive is empty"),
        ("contact = https://a.example/\n  operator = Us", "contact = 'https://a.example/\\noperator = Us' is not one"),
        ("operator = a\x1b[31m", "is not one line of text"),
        ("contact", "can't be read"),
    ],
)
def test_a_mistake_in_scrapy_cfg_is_reported_with_file_and_key(home, lines, told):
    folder = home(lines)
    with pytest.raises(UsageError) as raised:
        find_home(folder)
    message = str(raised.value)
    assert told in message and str(folder / "scrapy.cfg") in message and "\n" not in message and "\x1b" not in message


def test_a_misspelt_section_is_reported(home):
    with pytest.raises(UsageError, match=r"unknown section \[archvier\]: rename it to \[archiver\]"):
        home_at(home("contact = x", section="[archvier]"))
    assert home_at(home("project = x", section="[deploy]")).options == {}


def test_values_of_scrapy_cfg_are_not_interpolated(home, monkeypatch):
    folder = home("user_agent = 100% ours\nArchive = ~/news\ncontact =", section="[DEFAULT]\nproject = x\n[archiver]")
    monkeypatch.setenv("HOME", str(folder / "me"))
    found = home_at(folder)
    assert found.options == {"user_agent": "100% ours", "archive": "~/news", "contact": ""}
    assert found.archive == folder / "me" / "news"
    assert home_at(home("archive = news")).archive == folder / "news"


def test_the_program_ends_with_2_and_one_line(home, tmp_path, new_program):
    program = new_program()
    (program.home / "scrapy.cfg").write_text("[archiver]\noperater = Us\n", encoding="utf-8")
    process = program.start("status")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, b"")
    assert errors.startswith(b"archiver: ") and b"did you mean 'operator'?" in errors and errors.count(b"\n") == 1


def spider_file(folder, attribute):
    file = folder / "a.py"
    file.write_text(
        "from archiver.spider import ArticleSpider, Layout\n\nclass A(ArticleSpider):\n"
        f"    name = 'a'\n    start_urls = ['https://a.example/']\n    {attribute}\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ("article_urls = r'/20'", "unknown attribute 'article_urls' (ignored): did you mean 'article_url'?"),
        ("layout = []", "did you mean 'layouts'?"),
        ("denies = r'^/shop'", "did you mean 'deny'?"),
        ("Follow = r'^/news'", "did you mean 'follow'?"),
        ("logins = None", "did you mean 'login'?"),
        ("delya = 2", "--delay"),
        ("max_pages = 50", ""),
        ("custom_settings = {'CLOSESPIDER_PAGECOUNT': 50}", "write max_pages = NUMBER"),
        ("sections = ['/a']", ""),
        ("_layout = 1", ""),
        ("download_delay = 1", ""),
        ("def link(self): pass", ""),
    ],
)
def test_a_misspelt_spider_attribute_is_reported_and_the_site_still_works(tmp_path, attribute, told):
    file = spider_file(tmp_path, attribute)
    loaded = load_spiders([file])
    assert list(loaded.spiders) == ["a"] and not loaded.broken
    assert len(loaded.warnings) == bool(told)
    assert all(told in str(error) and str(file) in str(error) for error in loaded.warnings)


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ("allowed_domains = 'a.example'", "allowed_domains = 'a.example' has to be a list"),
        ("max_pages = '50'", "max_pages = '50' is not a number of pages"),
        ("allowed_domains = [1]", "spider a can't be used"),
        ("start_urls = 'https://a.example/'", "start_urls = 'https://a.example/' has to be a list"),
        ("start_urls = ['a.example']", "'a.example' in start_urls is not an http or https URL"),
        ("timezone = 'Mars/Base'", "timezone = 'Mars/Base' is not a time zone"),
        ("layouts = Layout()", "has to be a list"),
        ("layouts = [{'body': 'p'}]", "is not a Layout"),
        ("layouts = [Layout(drop='.ads')]", "drop = '.ads' of a layout has to be a tuple: ('.ads',)"),
        ("layouts = [Layout(body='div[')]", "body = 'div[' of a layout is not a valid CSS selector"),
        ("article_url = '('", "article_url = '(' is not a valid regular expression"),
    ],
)
def test_a_string_in_place_of_a_list_is_reported_and_not_split_into_letters(tmp_path, attribute, told):
    file = spider_file(tmp_path, attribute)
    loaded = load_spiders([file])
    (broken,) = loaded.broken
    assert not loaded.spiders and told in str(broken.error) and str(file) in str(broken.error)


def test_a_folder_without_scrapy_cfg_is_not_a_home(tmp_path):
    with pytest.raises(UsageError, match="is not a home: it has neither scrapy"):
        home_at(tmp_path)
    (tmp_path / "spiders").mkdir()
    assert home_at(tmp_path).spider_files() == []
    (tmp_path / "scrapy.cfg").mkdir()
    with pytest.raises(UsageError, match=r"scrapy\.cfg can't be read"):
        home_at(tmp_path)


def test_a_folder_that_is_gone_is_named(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    program = Path(sys.executable).with_name("archiver")
    script = f"cd {gone} && rmdir {gone} && {program} status"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "the current folder no longer exists" in done.stderr


def test_a_spider_file_that_ends_the_program_is_a_broken_file(tmp_path):
    for name, source in (("a", "import sys; sys.exit(4)"), ("b", "class X(")):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    loaded = load_spiders(sorted(tmp_path.iterdir()))
    told = [str(file.error) for file in loaded.broken]
    assert not loaded.spiders and ["SystemExit" in told[0], "SyntaxError" in told[1]] == [True, True]


def test_a_new_home_suggests_cd_first(tmp_path):
    program = Path(sys.executable).with_name("archiver")
    told = []
    for folder, where in (("my home", tmp_path), (".", tmp_path / "my home")):
        command = [program, "-v", "init", folder]
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=True)
        told.append(done.stderr.splitlines()[-1])
    assert told[0].startswith("next: cd 'my home', then copy spiders/example.py")
    assert told[1].startswith("next: copy spiders/example.py")
