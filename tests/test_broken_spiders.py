"""Spider files that can't be used: their sites are not crawled with the generic rules, and the others are."""

import json

import pytest
from click.testing import CliRunner

from archiver.cli import cli, crawling
from archiver.errors import ArchiverError, ExitCode
from archiver.frontier import Candidate, Frontier
from archiver.spider_source import domains_in, names_in
from conftest import make_program

SPIDER = """
from archiver.spider import ArticleSpider, Login

class Site(ArticleSpider):
    name = "{name}"
    allowed_domains = ["{name}.example"]
    start_urls = ["https://www.{name}.example/"]
    {more}
"""
FAULTS = {
    "a pattern": SPIDER.format(name="member", more='deny = r"^/(shop|calendar"'),
    "a syntax error": SPIDER.format(name="member", more="deny = ["),
    "an import": "import nothing_of_that_name\n" + SPIDER.format(name="member", more=""),
    "a login": SPIDER.format(name="member", more='login = Login(cookies="ck")'),
    "not text": "\x00\x01",
}


@pytest.fixture
def started(monkeypatch):
    """The (name, start pages) of the sites whose crawl was started; nothing is fetched."""
    found = []

    def start(app, spiders, *_, **__):
        found.extend((spider.name, tuple(spider.start_urls)) for spider in spiders)
        app.sites()  # as a crawl does for the index
        return 0

    monkeypatch.setattr(crawling, "run_and_index", start)
    return found


@pytest.fixture
def home(tmp_path, started):
    """A home with a site that works and one whose spider file is broken; both were crawled before."""
    program = make_program(tmp_path / "home")
    write(program, "paper", SPIDER.format(name="paper", more=""))
    write(program, "member", FAULTS["a pattern"])
    program.archive.mkdir()
    with Frontier(program.archive / "frontier.db") as frontier:
        for name in ("paper", "member"):
            seed = Candidate(f"https://www.{name}.example/", f"{name}.example/", "seed")
            frontier.begin(name, "first", [seed])
    return program


def write(program, name, text):
    (program.home / "spiders" / f"{name}.py").write_text(text, encoding="utf-8")


def call(program, *arguments):
    """(exit code, stdout, lines on stderr) of a command in this process."""
    place = ["-A", str(program.archive), "--home", str(program.home)]
    result = CliRunner().invoke(cli, [*place, *arguments], standalone_mode=False)
    if isinstance(result.exception, ArchiverError):
        return result.exception.exit_code, result.stdout, [*result.stderr.splitlines(), str(result.exception)]
    assert result.exception is None, result.exception
    return result.return_value, result.stdout, result.stderr.splitlines()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_site_with_a_broken_spider_file_was_crawled_with_the_generic_rules(home, started, fault):
    write(home, "member", FAULTS[fault])
    code, output, errors = call(home, "crawl", "member")
    assert (code, output, started) == (ExitCode.USAGE, "", [])
    assert len(errors) == 1 and "member.py" in errors[0], errors


@pytest.mark.parametrize("command", ["crawl", "capture"])
def test_a_url_of_a_site_with_a_broken_spider_file_was_fetched(home, started, command):
    url = "https://www.member.example/members/a-story"
    code, output, errors = call(home, command, url)
    assert (code, output, started) == (ExitCode.USAGE, "", [])
    assert [("member.py" in line, url in line) for line in errors] == [(True, False), (True, True)]


def test_crawling_all_sites_hid_that_one_was_left_out(home, started):
    code, _, errors = call(home, "crawl", "--all")
    assert (code, started) == (ExitCode.USAGE, [("paper", ("https://www.paper.example/",))])
    assert len(errors) == 1 and "member.py" in errors[0], "reported once"


def test_targets_beside_a_site_with_a_broken_spider_file_are_crawled(home, started):
    code, _, _ = call(home, "crawl", "member", "paper", "https://other.example/")
    assert (code, [name for name, _ in started]) == (ExitCode.USAGE, ["paper", "other.example"])


def test_a_scheduled_crawl_of_a_site_with_a_broken_spider_file_exited_with_0(home, started):
    first, second = (call(home, "crawl", "member", "--cron") for _ in range(2))
    assert first[0] == second[0] == ExitCode.USAGE and started == []
    assert first[1].count("member.py") == 1 and second[1] == "", "mailed once"


@pytest.mark.parametrize("command", [["schedule", "member", "--every", "6h"], ["sites", "check", "member"]])
def test_a_command_about_a_site_with_a_broken_spider_file_ends_with_that_line(home, command):
    code, output, errors = call(home, *command)
    assert (code, output, len(errors)) == (ExitCode.USAGE, "", 1) and "member.py" in errors[0]


def test_images_and_stylesheets_were_counted_as_pages(home):
    with Frontier(home.archive / "frontier.db") as frontier:
        files = [Candidate(f"https://www.paper.example/{name}", name, "requisite") for name in ("a.png", "a.css")]
        frontier.begin("paper", "second", files)
    code, output, _ = call(home, "sites", "check", "paper", "--json")
    assert json.loads(output)["taken_for"] == {"requisite": 2, "page": 1} and code == ExitCode.NO_ARTICLES


def test_a_site_whose_spider_file_is_gone_was_crawled_with_the_generic_rules(home, started):
    (home.home / "spiders" / "member.py").unlink()
    code, _, errors = call(home, "crawl", "member")
    assert (code, started) == (ExitCode.USAGE, []) and "was crawled with a spider" in errors[0]


def test_the_working_copy_of_a_broken_spider_file_was_used_in_its_place(home, started):
    write(home, "old_member", SPIDER.format(name="member", more=""))
    for target in ("member", "--all"):
        code, _, _ = call(home, "crawl", target)
        assert code == ExitCode.USAGE and "member" not in dict(started)


def test_a_missing_secret_of_one_site_stopped_the_crawl_of_all_others(home, started, monkeypatch):
    monkeypatch.delenv("NO_SUCH_COOKIES", raising=False)
    write(home, "member", SPIDER.format(name="member", more='login = Login(cookies="env:NO_SUCH_COOKIES")'))
    code, _, errors = call(home, "crawl", "--all")
    assert (code, [name for name, _ in started]) == (ExitCode.USAGE, ["paper"])
    assert len(errors) == 1 and "member" in errors[0] and "NO_SUCH_COOKIES" in errors[0]


@pytest.mark.parametrize(("options", "hint"), [((), "a line MEMBER=…"), (("--systemd",), "EnvironmentFile=/PATH")])
def test_a_schedule_was_printed_for_a_spider_whose_variables_cron_does_not_pass_on(home, options, hint):
    more = 'login = Login(cookies="env:MEMBER", basic="file:/a"); proxy = "env:GATE"'
    write(home, "member", SPIDER.format(name="member", more=more))
    code, output, errors = call(home, "schedule", "member", "--every", "6h", *options)
    assert code == ExitCode.OK and "crawl" in output
    assert len(errors) == 1 and "MEMBER, GATE" in errors[0] and hint in errors[0]
    assert call(home, "schedule", "paper", "--every", "6h")[2] == []


@pytest.mark.parametrize(
    ("text", "names", "domains"),
    [
        (SPIDER.format(name="one", more=""), {"one"}, {"one.example"}),
        ("class A(B):\n    name: str = 'a'\n    start_urls = ('http://u:p@WWW.A.example:80/',", {"a"}, {"a.example"}),
        ("class A(B):\n    allowed_domains: ClassVar[list[str]] = [\n  'a.example.', # b\n 'b.example'\n]", set(),
         {"a.example", "b.example"}),
        ("# https://c.example/\nname = 'x'\n", set(), set()),
    ],
)  # fmt: skip
def test_the_content_of_a_spider_file_is_read_without_running_it(text, names, domains):
    assert (names_in(text), domains_in(text)) == (names, domains)
