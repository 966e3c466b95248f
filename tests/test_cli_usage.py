"""Mistakes of new users on the command line: each is named with the next step, and output is labelled."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.cli import main
from archiver.cli.crawl_messages import summary_of
from archiver.cli.readable import by_number, when
from archiver.index.database import index_lock
from archiver.samplesite import SampleSite, stories
from archiver.samplesite import __main__ as samplesite
from conftest import make_program

MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC\b")
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@pytest.fixture
def call(monkeypatch, capsys):
    """Runs the program in this process: `call(program, "search", "x")` -> (exit code, stdout, stderr)."""

    def run(program, *arguments):
        where = ["-A", program.archive, "--home", program.home] if program else []
        monkeypatch.setattr(sys, "argv", list(map(str, ("archiver", *where, *arguments))))
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(call):
    """The one line on stderr of a command that must end with exit code 2 and print nothing else."""

    def run(program, *arguments):
        code, output, errors = call(program, *arguments)
        assert (code, output) == (2, ""), (arguments, output, errors)
        assert errors.startswith("archiver: ") and errors.count("\n") == 1, errors
        return errors

    return run


def address(site, slug="ferry-vote"):
    return site.url.rstrip("/") + next(story.path for story in stories() if story.id == slug)


def test_a_site_that_is_not_there_is_an_error_that_names_those_that_are(crawled, refused, tmp_path):
    _, program, _ = crawled
    for command in (
        ["search", "ferry", "--site", "elpunte"],
        ["search", "--count", "--site", "elpunte"],
        ["export", tmp_path / "a.csv", "--site", "elpunte"],
        ["boilerplate", "list", "--site", "elpunte"],
        ["sites", "check", "elpunte"],
    ):
        errors = refused(program, *command)
        assert "'elpunte'" in errors and "known sites: elpuente" in errors
    assert not list(tmp_path.iterdir())


def test_a_site_of_the_home_that_was_never_crawled_has_no_stories(crawled, call, new_program):
    site, program, _ = crawled
    other = new_program(site.url)
    spider = other.home / "spiders" / "elpuente.py"
    spider.write_text(spider.read_text().replace('name = "elpuente"', 'name = "another"'))
    other.archive.symlink_to(program.archive)
    assert call(other, "search", "--site", "another", "--count")[:2] == (0, "0\n")


def test_a_name_without_stories_is_reported(crawled, call):
    _, program, _ = crawled
    for option, value in (("--section", "Politcs"), ("--tag", "no-such-tag"), ("--author", "Nobody")):
        code, output, errors = call(program, "search", "--count", option, value)
        assert (code, output) == (0, "0\n") and f"{option.removeprefix('--')} {value!r}" in errors
    assert call(program, "search", "--count", "--section", "politics", "zzzz") == (0, "0\n", "")


def test_a_span_that_ends_before_it_begins_is_refused(crawled, refused, call, tmp_path):
    _, program, _ = crawled
    for command in (["search"], ["export", tmp_path / "a.csv"]):
        assert "--since 2024 is after --until 2020" in refused(program, *command, "--since", "2024", "--until", "2020")
    assert call(program, "search", "--since", "2022-10", "--until", "2022-10", "--count")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        "search x --json --csv",
        "search x --count --by year",
        "search x --count --csv",
        "search --new a --forget b",
        "show 1 --html --json",
        "show 1 --format text --cite csl",
        "show 1 --removed --html",
        "diff 1 --unified --json",
        "extract --jsonl --url https://example.com/",
    ],
)
def test_options_that_exclude_each_other_are_both_named(crawled, refused, arguments):
    _, program, _ = crawled
    errors = refused(program, *arguments.split())
    named = re.findall(r"--[a-z]+", arguments)
    assert (
        f"{named[0]} and {named[1]} can't be combined" in errors
        or f"{named[1]} and {named[0]} can't be combined" in errors
    )


def test_csv_has_a_header_even_without_rows(crawled, call):
    _, program, _ = crawled
    assert call(program, "search", "zzzz", "--csv")[1].startswith("id,url,title,")
    assert call(program, "search", "zzzz", "--csv", "--by", "year")[1] == "year,count,total,share\n"


def test_dry_run_prints_lines_for_people_and_json_for_programs(crawled, call):
    site, program, _ = crawled
    code, output, _ = call(program, "crawl", "elpuente", "--dry-run")
    assert code == 0 and re.search(rf"^seeds +{re.escape(site.url)}$", output, re.MULTILINE)
    assert json.loads(call(program, "crawl", "elpuente", "--dry-run", "--json")[1])[0]["seeds"] == [site.url]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("sites", "site stories queued"),
        ("report --all", "started site fetched"),
        ("search --by year", "year stories"),
        ("show {url} --removed", "reason text"),
    ],
)
def test_tables_have_column_headers(crawled, call, arguments, names):
    site, program, _ = crawled
    code, output, _ = call(program, *arguments.format(url=address(site)).split())
    header, first, *_ = output.splitlines()
    assert code == 0 and header.split()[: len(names.split())] == names.split() and first


def test_times_have_one_format_for_people_and_iso_for_programs(crawled, call):
    site, program, _ = crawled
    for command in (["status"], ["report"], ["report", "--all"], ["history", address(site)], ["show", address(site)]):
        output = call(program, *command)[1]
        assert MOMENT.search(output) and not ISO_MOMENT.search(output.partition("\n\n")[0]), command
        if command != ["report", "--all"]:
            assert ISO_MOMENT.search(call(program, *command, "--json")[1])


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (None, "-"),
        ("2024-05-31", "2024-05-31"),
        ("2024-05-31T23:50:01.123Z", "2024-05-31 23:50 UTC"),
        ("2024-05-31T23:50:01-04:00", "2024-05-31 23:50 -04:00"),
        ("2024-05-31T23:50", "2024-05-31 23:50"),
        ("yesterday\x1b", "yesterday\ufffd"),
    ],
)
def test_times_are_formatted_for_people(moment, shown):
    assert when(moment) == shown


def test_story_pages_of_a_crawl_are_not_counted_as_stories(crawled, call):
    _, program, report = crawled
    output = call(program, "report")[1]
    assert f"{report['stories']} story pages, {report['pages']} other pages" in output


def test_urls_are_found_without_their_scheme(crawled, call):
    site, program, _ = crawled
    bare = address(site).removeprefix("http://")
    title = next(story.title for story in stories() if story.id == "ferry-vote")
    output = call(program, "show", bare)[1]
    assert output.startswith(title)
    number = re.search(r"^number +(\d+)$", output, re.MULTILINE)[1]
    assert call(program, "show", number)[1] == output
    assert call(program, "history", bare)[1].startswith(title)
    assert json.loads(call(program, "crawl", bare, "--dry-run", "--json")[1])[0]["seeds"] == [address(site)]


def test_show_states_that_a_captured_page_is_not_a_story(crawled, refused):
    site, program, _ = crawled
    for command in ("show", "history", "diff"):
        errors = refused(program, command, site.url)
        assert MOMENT.search(errors) and re.search(r"but is not a story: [a-z_]+: its record is at \d+ in ", errors)
    assert "archiver search" in refused(program, "show", "www.example.org/never")


def test_an_invalid_url_is_refused_before_anything_is_created(new_program, refused, tmp_path):
    program = new_program()
    for wrong in ("nourl", "ftp://example.com/", "https://", "a page"):
        refused(program, "capture", wrong)
        refused(program, "crawl", wrong)
    (tmp_path / "urls.txt").write_text("https://example.com/\n")
    assert f"-i {tmp_path / 'urls.txt'}" in refused(program, "capture", tmp_path / "urls.txt")
    assert not program.archive.exists()


def test_an_export_replaces_no_file_without_force(crawled, refused, call, tmp_path):
    _, program, _ = crawled
    target = tmp_path / "a.jsonl"
    target.write_text("mine\n")
    assert "--force" in refused(program, "export", target)
    assert target.read_text() == "mine\n" and list(tmp_path.iterdir()) == [target]
    assert call(program, "export", target, "--force")[0] == 0
    assert len(target.read_text("utf-8").splitlines()) == len(stories())


def test_a_home_or_a_file_given_for_an_archive_is_named(new_program, refused):
    program = new_program()
    assert f"--home {program.home}" in refused(None, "-A", program.home, "status")
    assert "is a file" in refused(None, "-A", program.home / "scrapy.cfg", "status")
    assert not (program.home / "warc").exists()


def test_unknown_hosts_are_refused(crawled, refused):
    _, program, _ = crawled
    for command in (["reject", "no.example"], ["accept", "no.example", "--as", "example.org"]):
        assert "known hosts: www.elpuente.localhost" in refused(program, "hosts", *command)
    assert not (program.archive / "decisions.jsonl").exists()


@pytest.mark.parametrize("command", ["schedule", "sites", "crawl", "capture", "search", "show"])
def test_commands_load_no_crawler_and_no_extractor_before_they_need_them(command):
    code = f"import sys, archiver.cli.{command}; print(*{{'scrapy', 'twisted', 'trafilatura'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_the_tab_key_offers_commands_and_sites(crawled):
    _, program, _ = crawled
    for words, offered in (("archiver sche", "plain,schedule"), ("archiver crawl el", "plain,elpuente")):
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "ARCHIVER_HOME": str(program.home)}
        process = program.start(env=environment | {"_ARCHIVER_COMPLETE": "bash_complete"})
        assert process.communicate()[0].decode().split() == [offered]


@pytest.mark.slow
def test_a_time_limit_applies_to_waiting_requests(new_program):
    with SampleSite() as site:
        program = new_program()
        program.run("crawl", site.loopback_url, "--delay", "1", "--max-time", "2", "--no-index", exit_code=15)
        (report,) = program.json("report", "--all", "--json")
        assert report["stop_reason"] == "time_limit" and report["seconds"] < 5, "eight pages waited, a second each"
        fetched = {request.path for request in site.requests}
        assert {"/", "/robots.txt"} <= fetched and len(fetched) < 5
    assert report["queued"] > 8 and "run_is_over" not in report["reasons"], "what waited is queued as it was"


@pytest.mark.slow
def test_a_machine_that_has_just_booted_sends_requests_without_delay(new_program):
    program = new_program()
    code = (
        "import time, scrapy.core.downloader as downloader; from archiver.cli import main\n"
        "started = time.monotonic(); downloader.monotonic = lambda: time.monotonic() - started; main()"
    )
    with SampleSite() as site:
        crawl = ["crawl", site.loopback_url, "--delay", "60", "--max-time", "2", "--no-index"]
        command = [sys.executable, "-c", code, "-A", program.archive, *crawl]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 15 and [request.path for request in site.requests] == ["/robots.txt"]


def test_an_invalid_scrapy_cfg_is_reported_in_one_line(refused, tmp_path):
    (tmp_path / "scrapy.cfg").write_text("no section\n", encoding="utf-8")
    errors = refused(None, "--home", tmp_path, "status")
    assert "scrapy.cfg can't be read" in errors and "correct it" in errors


def test_a_file_that_is_not_an_archive_file_is_left_out_of_the_index(crawled, call, tmp_path):
    _, program, _ = crawled
    (tmp_path / "notes.txt").write_text("no WARC", encoding="utf-8")
    status, _, errors = call(program, "index", tmp_path / "notes.txt")
    assert status == 20 and "notes.txt was left out: this is not a WARC" in errors and "Traceback" not in errors
    assert "damaged" not in call(program, "status")[1]


def test_an_archive_without_a_crawl_names_the_next_step(refused, tmp_path):
    assert "archiver crawl" in refused(None, "-A", tmp_path, "report")


def test_a_crawl_lists_no_reasons_without_urls():
    assert by_number({"denied": 0, "status_404": 2, "timeout": 15, "robots": 0}) == "15 timeout, 2 status_404"
    assert by_number({"denied": 0}) == by_number(None) == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("serach ferry", "there is no command `archiver serach`: did you mean 'search'?"),
        ("xyzzy", "there is no command `archiver xyzzy`: see `archiver --help`"),
        ("hosts lits", "there is no command `archiver hosts lits`: did you mean 'list'?"),
        ("search --sicne 2024", "no such option --sicne: did you mean '--since'?"),
        ("search --limit few", "see `archiver search --help`"),
        ("crawl", "no site or URL was given: give a site or a URL, or --all or --seeds FILE"),
        ("crawl elpunete", "did you mean 'elpuente'?"),
        ("report elpunete", "did you mean 'elpuente'?"),
        ("report elpunete --all", "did you mean 'elpuente'?"),
        ("crawl elpuente --contact a\u2028b", "--contact 'a\\u2028b' contains a line break"),
        ("schedule elpunete --every 6h", "did you mean 'elpuente'?"),
        ("sites check elpunete", "did you mean 'elpuente'?"),
        ("search --site elpunete", "did you mean 'elpuente'?"),
    ],
)
def test_a_misspelt_name_is_reported_in_one_line_with_the_nearest_one(crawled, refused, arguments, told):
    _, program, _ = crawled
    assert told in refused(program, *arguments.split(" "))


@pytest.mark.slow
def test_a_crawl_next_to_a_locked_index_reports_what_it_crawled(new_program):
    program = new_program()
    program.archive.mkdir()
    with SampleSite() as site, index_lock(program.archive / "index.db"):
        process = program.start("crawl", site.url, "--max-pages", "1", "--delay", "0")
        errors = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 0 and list((program.archive / "warc").iterdir())
    assert f"not indexed: another run writes {program.archive / 'index.db'}" in errors


@pytest.mark.slow
def test_a_crawl_with_a_damaged_index_says_so_and_keeps_its_captures(new_program):
    program = new_program()
    program.archive.mkdir()
    (program.archive / "index.db").write_bytes(b"no database, and long enough to be looked at" * 30)
    with SampleSite() as site:
        process = program.start("crawl", site.url, "--max-pages", "1", "--delay", "0")
        errors = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 20 and list((program.archive / "warc").iterdir())
    assert "the captures are kept but not indexed: " in errors and "archiver index --rebuild" in errors


def test_an_invalid_file_among_the_reports_is_skipped(crawled, call, new_program):
    _, program, _ = crawled
    other = new_program()
    shutil.copytree(program.archive, other.archive)
    for name, text in (("list", "[]"), ("bare", '{"crawl_id": 3}'), ("text", "{")):
        (other.archive / "reports" / f"{name}.json").write_text(text, encoding="utf-8")
    for command in (["report"], ["report", "--all"], ["sites"]):
        code, output, errors = call(other, *command)
        assert (
            code == 0
            and "elpuente" in output
            and errors.count("is not a valid report and is left out: it can be deleted") == 3
        ), command


def test_no_color_is_respected(crawled):
    _, program, _ = crawled
    code = "import sys; sys.stdout.isatty = lambda: True; from archiver.cli import main; main()"
    shown = []
    for extra in ({}, {"NO_COLOR": "1"}):
        command = [sys.executable, "-c", code, "-A", program.archive, "search", "ferry", "--limit", "1"]
        shown.append(subprocess.run(command, env=os.environ | extra, capture_output=True, check=True).stdout)
    assert b"\x1b[1m" in shown[0] and b"\x1b" not in shown[1]


@pytest.fixture
def two_sites(tmp_path):
    """An archive with reports of two crawls of one site, of a later one of another, and a killed one."""
    program = make_program(tmp_path)
    (program.archive / "reports").mkdir(parents=True)
    for day, site, code in ((1, "harbour", 18), (2, "harbour", 0), (3, "valley", 0), (4, "harbour", None)):
        report = {
            "crawl_id": f"2026050{day}-{site}", "site": site, "started": f"2026-05-0{day}T08:00:00+00:00",
            "finished": f"2026-05-0{day}T09:00:00+00:00" if code is not None else None, "stop_reason": "finished",
            "exit_code": code, "fetched": day, "stories": day, "pages": 0,
            "queued": 0, "reasons": {}, "statuses": {}, "index": None, "error": None,
        }  # fmt: skip
        path = program.archive / "reports" / f"{report['crawl_id']}.json"
        path.write_text(json.dumps(report), encoding="utf-8")
    return program


def test_a_report_of_one_site_did_not_say_that_there_are_others(two_sites, call):
    assert "1 more site: `archiver report --all`" in call(two_sites, "report")[1]
    assert "more site" not in call(two_sites, "report", "valley")[1]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_documented_metrics_lost_all_sites_but_one(two_sites, call, tmp_path):
    page = (Path(__file__).parent.parent / "docs/institution.md").read_text(encoding="utf-8")
    recipe = re.search(r"jq -r --slurpfile sites sites\.json\.new '(.+?)' archiver\.json\.new >", page, re.DOTALL)
    assert recipe is not None
    for name in ("harbour", "valley"):
        text = f"from archiver.spider import ArticleSpider\n\n\nclass S(ArticleSpider):\n    name = {name!r}\n"
        text += f"    start_urls = ['https://{name}.example/']\n"
        (two_sites.home / "spiders" / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "sites.json").write_text(call(two_sites, "sites", "--json")[1], encoding="utf-8")
    reports = call(two_sites, "report", "--all", "--json")[1]
    jq = ["jq", "-r", "--slurpfile", "sites", str(tmp_path / "sites.json"), recipe[1]]
    metrics = subprocess.run(jq, input=reports, capture_output=True, text=True, check=True).stdout
    assert 'exit_code{site="harbour"} 0\n' in metrics and 'stories{site="valley"} 3\n' in metrics
    assert metrics.count("\n") == 8


def test_a_schedule_was_printed_for_a_crawl_that_could_not_start(tmp_path, refused):
    program = make_program(tmp_path, "http://paper.example/")
    for option, value in (("--max-time", "4x"), ("--since", "soon"), ("--min-free", "much"), ("--exclude", "(")):
        assert value in refused(program, "schedule", "elpuente", "--every", "1d", "--", option, value)
    for name in ("elpunte", "backups"):  # previously the missing --every was reported first
        assert f"no site named '{name}'" in refused(program, "schedule", name)
    assert "--every is missing" in refused(program, "schedule", "elpuente")


def test_the_summary_of_a_crawl_does_not_call_the_spiders_own_choices_failures():
    numbers = {"stories": 3, "pages": 1, "revisits": 0, "render_failed": 0, "queued": 0}
    reasons = {"done": 4, "denied": 70, "robots": 1, "not_there": 4, "trap_pages": 2, "status_404": 1, "off_site": 9}
    told = summary_of({"site": "x", "settings": {}, "stop_reason": "finished", "reasons": reasons, **numbers})
    assert "left out: 70 denied, 4 not_there, 2 trap_pages, 1 robots; failed: 1 status_404 (finished)" in told


def test_a_used_port_of_the_sample_site_is_one_line_and_no_traceback(monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("sys.argv", ["samplesite", "--port", str(port)])
        with pytest.raises(SystemExit) as ended:
            samplesite.main()
    assert ended.value.code == 2 and f"port {port} can't be used" in capsys.readouterr().err
