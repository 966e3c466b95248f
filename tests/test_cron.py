"""Commands for cron: the lines and units that `schedule` prints, quiet runs, and reports of crawls."""

import io
import json
import re
import shutil
import subprocess
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from archiver.cli.alarms import Alarm, CronRun, news_of
from archiver.cli.old_logs import limits_of, remove_old_logs
from archiver.cli.schedule import Interval, crontab_line, interval_of
from archiver.errors import StorageError, UsageError
from archiver.samplesite import SampleSite, stories
from testsites import listing, serve, story


def run_by_cron(line):
    """Run a crontab line's command as cron does: a bare environment, from `/`."""
    command = line.split(" ", 5)[5].strip().replace("\\%", "%")
    return subprocess.run(
        ["env", "-i", "/bin/sh", "-c", command], cwd="/", capture_output=True, check=False, timeout=100
    )


@pytest.mark.slow
def test_the_crontab_line_crawls_from_anywhere_and_is_quiet(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        line = program.run("schedule", "elpuente", "--every", "6h", "--", "--max-pages", "30")
        done = run_by_cron(line)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (line,) = (program.archive / "logs" / "cron.log").read_text().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC elpuente: ", line), "each run has its line, with its time"
    assert program.rows("SELECT count(*) > 0 FROM articles") == [(1,)]


@pytest.mark.slow
def test_another_active_run_is_not_reported_and_a_dead_site_is(new_program):
    program = new_program("http://127.0.0.1:9/")
    line = program.run("schedule", "elpuente", "--every", "1h")
    failed = run_by_cron(line)
    assert failed.returncode == 9 and b"no start page could be fetched" in failed.stdout
    holder = subprocess.Popen(["flock", str(program.archive / "lock"), "sleep", "60"])
    try:
        subprocess.run(
            ["sh", "-c", f"until ! flock -n {program.archive / 'lock'} true; do sleep 0.05; done"],
            check=True,
            timeout=30,
        )
        busy = run_by_cron(line)
    finally:
        holder.kill()
        holder.wait()
    assert (busy.returncode, busy.stdout, busy.stderr) == (0, b"", b"")
    assert b"another run works on" in (program.archive / "logs" / "cron.log").read_bytes()


@pytest.mark.slow
def test_cron_hears_of_a_site_once_when_it_goes_down_and_once_when_it_is_back(new_program):
    state = {"down": False}

    def answer(host, path):
        if state["down"]:
            return 403
        return listing("/news/a-story-for-all-to-read") if path == "/" else story(path) if "news" in path else 404

    with serve(answer) as site:
        program = new_program()
        line = program.run("schedule", site.url(), "--every", "1h", "--", "--delay", "0", "--no-index")
        heard = []
        for state["down"] in (True, True, False):
            done = run_by_cron(line)
            heard.append((done.returncode, done.stdout.decode().splitlines(), done.stderr))
    assert [(code, len(lines), errors) for code, lines, errors in heard] == [
        (18, 1, b""), (18, 0, b""), (0, 1, b"")
    ]  # fmt: skip
    down, back = heard[0][1][0], heard[2][1][0]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC archiver: 127.0.0.1: the site refuses", down), down
    assert "127.0.0.1: is back (status_403 since" in back
    log = (program.archive / "logs" / "cron.log").read_text().splitlines()
    assert sum("the site refuses" in entry for entry in log) == 2, "the log has what is not told again"


def test_alarms_are_reported_by_cause_and_kept_for_sites_not_crawled():
    known = {"a": {"timeout": "monday"}, "b": {"robots": "monday"}, "": {"no spider N": "monday"}}
    alarms = [Alarm("a", "host_not_found", "a: no such name"), Alarm("", "no spider N", "no spider 7")]
    told, now_known = news_of(known, alarms, [], "tuesday")
    assert told == ["a: no such name"]
    assert now_known == {
        "a": {"timeout": "monday", "host_not_found": "tuesday"},
        "b": {"robots": "monday"},
        "": {"no spider N": "monday"},
    }
    assert news_of(now_known, alarms, [], "wednesday") == ([], now_known)
    told, left = news_of(now_known, [], ["a", "c"], "thursday")
    assert told == ["a: is back (timeout since monday, then host_not_found since tuesday)"], "the first failure, too"
    assert left == {"b": {"robots": "monday"}, "": {"no spider N": "monday"}}
    told, left = news_of(left, [], [""], "friday")
    assert told == ["over: no spider N (since monday)"] and left == {"b": {"robots": "monday"}}


def test_one_trouble_was_mailed_twice_under_two_words():
    known = {"a": {"status_429": "monday"}}
    told, now_known = news_of(known, [Alarm("a", "rate_limited", "a: refuses")], [], "tuesday")
    assert told == [] and now_known == {"a": {"status_429": "monday", "rate_limited": "tuesday"}}
    assert news_of(now_known, [], ["a"], "friday")[0] == [
        "a: is back (status_429 since monday, then rate_limited since tuesday)"
    ]


def test_the_problem_of_a_run_that_is_not_about_a_site_had_no_end(tmp_path):
    def run(code, *lines):
        def crawl():
            for line in lines:
                click.echo(f"archiver: {line}", err=True)
            return code

        with redirect_stdout(io.StringIO()) as output:
            CronRun(tmp_path).run(crawl)
        return output.getvalue()

    assert "line 7 is wrong" in run(2, "line 7 is wrong")
    assert run(2, "line 9 is wrong") == "", "only a number differs"
    assert run(75, "another run works on it") == "" and run(2, "line 7 is wrong") == "", "a run that did nothing"
    assert "over: line 7 is wrong (since" in run(0) and run(0) == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device without space")
def test_a_full_disk_of_the_archive_was_reported_as_that_of_standard_output(tmp_path):
    (tmp_path / "cron.log").symlink_to("/dev/full")
    with redirect_stdout(io.StringIO()) as output:
        code = CronRun(tmp_path).run(lambda: click.echo("archiver: no space", err=True) or 3)
    told = output.getvalue().splitlines()
    assert code == 3 and any(str(tmp_path / "cron.log") in line and " UTC archiver: " in line for line in told), told


def test_the_cron_log_is_rotated_and_a_damaged_alarms_file_ends_no_run(tmp_path):
    (tmp_path / "cron.log").write_text("x" * 2_000_000)
    (tmp_path / "alarms.json").write_text("[no json")
    assert CronRun(tmp_path).run(lambda: 0) == 0
    assert json.loads((tmp_path / "alarms.json").read_text()) == {}
    (tmp_path / "cron.log").write_text("x" * 2_000_000)

    def fails():
        raise StorageError("the disk is full", "free some space")

    assert CronRun(tmp_path).run(fails) == 3
    assert "the disk is full" in (tmp_path / "cron.log").read_text()
    assert (tmp_path / "cron.log.1").stat().st_size == 2_000_000


@pytest.mark.slow
def test_one_schedule_for_all_sites_does_not_delay_small_ones(new_program):
    program = new_program("http://127.0.0.1:9/")
    line = program.run("schedule", "--all", "--every", "6h", "--", "--recheck", "none")
    assert line.rstrip().partition(" crawl ")[2].startswith("--cron --all --recheck none --max-time 21600s")
    line = program.run("schedule", "--all", "--every", "6h", "--", "--max-time", "2h")
    assert line.count("--max-time") == 1
    program.run("schedule", "--every", "6h", exit_code=2)


def test_systemd_takes_the_units(new_program, tmp_path):
    program = new_program("http://127.0.0.1:9/")
    program.run("schedule", "elpuente", "--every", "6h", "--systemd", "-o", str(tmp_path / "units"))
    service = (tmp_path / "units" / "archiver-elpuente.service").read_text()
    timer = (tmp_path / "units" / "archiver-elpuente.timer").read_text()
    assert "SuccessExitStatus=11 15 75" in service and f"-A {program.archive} --home {program.home}" in service
    assert "Persistent=true" in timer and "RandomizedDelaySec=900" in timer
    verify(tmp_path / "units")


@pytest.mark.slow
def test_units_have_readable_names_and_signs_that_cron_and_systemd_obey_are_escaped(new_program, tmp_path):
    program = new_program("http://127.0.0.1:9/")
    options = ("--", "--exclude", "/a%20b", "--user-agent", 'x $y "z" %n')
    line = program.run("schedule", "elpuente", "--every", "1d", *options)
    assert line.count("%") == line.count("\\%") == 2
    site, units = "https://www.example.com/", tmp_path / "units"
    program.run("schedule", site, "--every", "1d", "--systemd", "-o", str(units), *options)
    assert sorted(path.name for path in units.iterdir()) == [
        f"archiver-example.com.{kind}" for kind in ("service", "timer")
    ]
    service = (units / "archiver-example.com.service").read_text()
    assert '--exclude /a%%20b --user-agent "x $$y \\"z\\" %%n"' in service
    verify(units)
    program.run("schedule", site, "--every", "1d", "-o", str(units), exit_code=2)


def verify(units):
    if shutil.which("systemd-analyze"):
        files = [str(path) for path in units.iterdir()]
        checked = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
        assert checked.returncode == 0 and "archiver" not in checked.stderr, checked.stderr


def test_fixity_is_checked_every_month_by_a_line_for_cron(new_program):
    program = new_program()
    line = program.run("schedule", "verify", "--", "--deep")
    assert re.match(r"\d+ \d+ 1 \* \* ", line)
    assert f"-A {program.archive} --home {program.home} verify --cron --deep ||" in line
    assert "OnCalendar=*-*-01 " in program.run("schedule", "verify", "--systemd")
    program.run("schedule", "verify", "--", "--depp", exit_code=2)


def test_a_backup_is_made_every_day_by_a_line_for_cron(new_program):
    program = new_program()
    line = program.run("schedule", "backup", "disk/news")  # from `/`
    assert re.match(r"\d+ \d+ \* \* \* ", line)
    assert f"-A {program.archive} --home {program.home} backup --cron /disk/news ||" in line
    assert "backup --cron s3://bucket/news ||" in program.run("schedule", "backup", "s3://bucket/news", "--every", "7d")
    program.run("schedule", "backup", exit_code=2)
    program.run("schedule", "backup", "/mnt/disk/news", "--", "--purge", exit_code=2)


@pytest.mark.slow
def test_wrong_options_are_found_when_the_schedule_is_made(new_program):
    program = new_program("http://127.0.0.1:9/")
    program.run("schedule", "elpuente", "--every", "6h", "--", "--no-such-option", exit_code=2)
    program.run("schedule", "nobody", "--every", "6h", exit_code=2)
    program.run("schedule", "elpuente", "--every", "7h", exit_code=2)


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        ("15m", "*/15 * * * *"),
        ("1h", "{} * * * *"),
        ("6h", "{} */6 * * *"),
        ("1d", "{} {} * * *"),
        ("7d", "{} {} * * 1"),
    ],
)
def test_cron_times_of_an_interval(every, cron):
    turns = interval_of(every, "key")
    fields = [turns.minute, turns.hour]
    assert turns.cron() == cron.format(*fields)
    assert 0 <= turns.minute < 60 and 0 <= turns.hour < 6


def test_intervals_without_a_fixed_cron_schedule_are_refused():
    with pytest.raises(UsageError, match="fixed cron schedule"):
        interval_of("5h", "key")


def test_a_report_shows_what_a_crawl_did(crawled):
    _, program, _ = crawled
    report = program.json("report", "--json")
    assert report["index"] == {"new": len(stories()), "changed": 0, "gone": 0, "seen": len(stories())}
    assert report["statuses"]["200"] > len(stories()) and report["hosts"]["www.elpuente.localhost"] == report["fetched"]
    assert report["seconds"] > 0 and report["per_second"] > 0 and report["stop_reason"] == "finished"
    text = program.run("report", "elpuente")
    assert f"{len(stories())} new, 0 changed, 0 gone" in text and "finished, exit 0" in text
    assert len(program.run("report", "--all").splitlines()) == 2
    assert program.json("report", "--all", "--json") == [report]
    program.run("report", "nobody", exit_code=2)


@pytest.mark.slow
def test_a_report_is_read_from_the_warcs_if_its_file_is_lost(crawled, new_program):
    _, program, report = crawled
    copy = new_program()
    copy.archive.mkdir()
    (copy.archive / "warc").symlink_to(program.archive / "warc")
    copy.run("index")
    found = copy.json("report", "--json")
    for name in ("crawl_id", "fetched", "bytes", "reasons", "statuses", "stop_reason", "index"):
        assert found[name] == report[name], name
    assert json.loads((program.archive / "reports" / f"{report['crawl_id']}.json").read_text()) == report


@pytest.mark.slow
def test_a_failing_fetch_log_does_not_stop_a_crawl(new_program):
    with SampleSite() as site:
        program = new_program(site.url)
        spider = program.home / "spiders" / "elpuente.py"
        spider.write_text(
            spider.read_text() + "\n"
            "from archiver.crawl.report import fetchlog\n"
            "from pathlib import Path\n"
            "_init = fetchlog.FetchLog.__init__\n"
            "fetchlog.FetchLog.__init__ = lambda self, path=None: _init(self, Path('/dev/full'))\n"
        )
        program.run("crawl", "elpuente", "--no-index", "--max-pages", "30")
    assert len(site.requests) >= 30


def test_a_monthly_check_mailed_the_same_damage_each_time(tmp_path):
    def mailed(*damaged):
        def verify():
            for name in damaged:
                click.echo(f"archiver: {name}: checksum: restore it from a backup", err=True)
            click.echo(f"2 WARC files, 0.1 MB: {len(damaged)} problems", err=True)  # no problem itself
            return 20 if damaged else 0

        with redirect_stdout(io.StringIO()) as output:
            code = CronRun(tmp_path, "verify-alarms.json", exact=True).run(verify)
        assert code == (20 if damaged else 0)
        return output.getvalue()

    assert mailed() == "", "a sound archive is no news"
    assert "a-00001.warc.gz" in mailed("a-00001.warc.gz")
    assert mailed("a-00001.warc.gz") == ""
    both = mailed("a-00001.warc.gz", "a-00002.warc.gz")
    assert "a-00002.warc.gz" in both and "a-00001.warc.gz" not in both, "another file is another problem"
    assert mailed().count("over: ") == 2 and mailed() == "", "both were repaired"
    assert "a-00001.warc.gz" in mailed("a-00001.warc.gz"), "it is damaged again"
    assert (tmp_path / "cron.log").read_text().count("a-00001.warc.gz") == 4
    line = crontab_line(Interval(monthly=True), ["sh", "-c", "exit 20"])
    assert run_by_cron(line).returncode == 20


NOW = datetime(2026, 5, 10, tzinfo=UTC)


def logs_of(folder, *names, size=10):
    for name in names:
        (folder / name).write_bytes(b"x" * size)


def test_old_logs_are_removed_and_the_latest_of_each_site_stays(tmp_path):
    old, older = "20260101080000123-paper.jsonl", "20251201080000123-paper.jsonl"
    logs_of(
        tmp_path, old, older, "20260509080000123-paper.jsonl", "20250101080000123-weekly.jsonl", "20260101.log",
        "20260509.log", "cron.log", "cron.log.1", "alarms.json", "notes.txt", "20250101080000123.jsonl",
    )  # fmt: skip
    assert set(remove_old_logs(tmp_path, limits_of("90d"), NOW)) == {old, older, "20260101.log"}
    assert not (tmp_path / old).exists() and len(list(tmp_path.iterdir())) == 8


def test_logs_are_limited_in_size_and_the_oldest_are_deleted_first(tmp_path):
    names = [f"202605{day:02}080000123-paper.jsonl" for day in range(1, 6)]
    logs_of(tmp_path, *names, size=400_000)
    assert remove_old_logs(tmp_path, limits_of("1M"), NOW) == [names[2], names[1], names[0]]
    assert remove_old_logs(tmp_path, limits_of("all"), NOW) == []
    assert remove_old_logs(tmp_path / "nowhere", limits_of("1M"), NOW) == []


@pytest.mark.parametrize("text", ["90", "d", "1T", "90d 1X", "-3d"])
def test_an_invalid_limit_of_logs_is_reported(text):
    with pytest.raises(UsageError, match="is not a limit"):
        limits_of(text)
