"""`archiver schedule`: a crontab line or systemd units that repeat a crawl."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.app import App, seconds
from archiver.cli.backup import command as backup_command
from archiver.cli.completing import complete_site
from archiver.cli.crawl import check_values
from archiver.cli.crawl import command as crawl_command
from archiver.cli.targets import chosen_spiders
from archiver.cli.verify import command as verify_command
from archiver.errors import ExitCode, StorageError, UsageError
from archiver.login import variables_of
from archiver.printable import plain

if TYPE_CHECKING:
    from archiver.spider import ArticleSpider

# Interrupted, time limit reached, another run active: the next run continues, no action is needed.
FINE = (ExitCode.INTERRUPTED, ExitCode.TIME_LIMIT, ExitCode.LOCKED)
_VERIFY = "verify"  # in place of a site: `archiver verify`
_BACKUP = "backup"  # in place of a site: `archiver backup`
_ALL = "--all"  # in place of a site: all sites of the home
_MINUTES = (5, 10, 15, 20, 30)
_HOURS = (1, 2, 3, 4, 6, 8, 12)


@dataclass(frozen=True, slots=True)
class Interval:
    """When a crawl starts: every `minutes`, every `hours`, or once a day, week or month; at `minute` past."""

    minutes: int = 0
    hours: int = 0
    weekly: bool = False
    minute: int = 0
    hour: int = 0
    monthly: bool = False  # on the first day

    def cron(self) -> str:
        """The five fields of a crontab line."""
        if self.minutes:
            return f"*/{self.minutes} * * * *"
        if self.hours:
            return f"{self.minute} {'*' if self.hours == 1 else f'*/{self.hours}'} * * *"
        return f"{self.minute} {self.hour} {'1' if self.monthly else '*'} * {'1' if self.weekly else '*'}"

    def calendar(self) -> str:
        """The same as a systemd calendar event (systemd.time(7))."""
        if self.minutes:
            return f"*-*-* *:00/{self.minutes}:00"
        if self.hours:
            return f"*-*-* 00/{self.hours}:{self.minute:02d}:00"
        day = "01" if self.monthly else "*"
        return f"{'Mon ' if self.weekly else ''}*-*-{day} {self.hour:02d}:{self.minute:02d}:00"


@dataclass(frozen=True, slots=True)
class _Job:
    """What is repeated: a name for its units, a description, the words of the command, and the usual interval."""

    name: str
    what: str
    command: tuple[str, ...]
    every: str


@click.command("schedule", context_settings={"ignore_unknown_options": True})
@click.argument("site", metavar="SITE|URL|verify|backup", required=False, shell_complete=complete_site)
@click.argument("options", metavar="[CRAWL OPTIONS]", nargs=-1, type=click.UNPROCESSED)
@click.option("--all", "all_sites", is_flag=True, help="One schedule for all sites of the home.")
@click.option(
    "--every", metavar="TIME", help="Interval: 15m, 1h, 6h, 1d, 7d, 30d …; default for verify: 30d, for backup: 1d."
)
@click.option("--systemd", is_flag=True, help="Print a service and a timer instead of a crontab line.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write the units to a folder.")
@click.pass_obj
def command(
    app: App,
    site: str | None,
    options: tuple[str, ...],
    all_sites: bool,
    every: str | None,
    systemd: bool,
    output: Path | None,
) -> int:
    """Print a crontab line or systemd units that repeat a crawl. Nothing is installed.

    Options after the site go to `archiver crawl`. Errors are one line on stderr, which cron mails to you. If another
    run holds the lock or the time limit is reached, the next run continues.

    \b
    Examples:  archiver schedule aldia --every 6h
               (crontab -l; archiver schedule aldia --every 6h) | crontab -
               archiver schedule aldia --every 1d --systemd -- --max-time 4h
               archiver schedule aldia --every 1d --systemd -o ~/archiver-units
               archiver schedule --all --every 6h
               archiver schedule verify -- --deep
               archiver schedule backup /mnt/backup/archive
               archiver schedule https://www.example.com/ --every 7d -- --exclude '^/sports/'
    """
    if output is not None and not systemd:
        raise UsageError("-o needs --systemd", "give --systemd too")
    if all_sites:  # the word in the place of a site is an option of the crawl
        if site is not None and not site.startswith("-"):
            raise UsageError(f"--all and the site {plain(site)} can't be combined", "give one of them")
        options, site = tuple(filter(None, (site, *options))), _ALL
    elif site is None:
        raise UsageError("no site was given", "name a site, or give --all")
    job = _upkeep(site, options) if site in (_VERIFY, _BACKUP) else _crawl(app, site, options, every, systemd=systemd)
    if job is None:
        return int(ExitCode.USAGE)  # its spider file is broken, which was reported
    name, every = unit_name(job.name), every or job.every
    command, *rest = job.command
    arguments = _command_line(app, command, *(() if systemd or "--cron" in rest else ("--cron",)), *rest)
    turns = interval_of(every, f"{app.archive.path} {site}")
    app.archive.create()
    if not systemd:
        click.echo(crontab_line(turns, arguments))
        return int(ExitCode.OK)
    units = {
        f"{name}.service": service(job.what, arguments),
        f"{name}.timer": timer(job.what, turns, seconds(every) or 0),
    }
    if output is not None:
        _write(output, units)
        click.echo(f"systemctl --user link {shlex.quote(str(output.absolute()))}/{name}.* && "
                   f"systemctl --user enable --now {name}.timer")  # fmt: skip
        return int(ExitCode.OK)
    for file, text in units.items():
        click.echo(f"# ~/.config/systemd/user/{file}\n{text}")
    click.echo(f"# then: systemctl --user daemon-reload && systemctl --user enable --now {name}.timer")
    click.echo("# so that it also runs while you are not logged in: loginctl enable-linger")
    click.echo("# or as units of the system: in /etc/systemd/system/, with User=NAME below [Service], without --user")
    return int(ExitCode.OK)


def _warn_of_variables(spiders: Iterable[type[ArticleSpider]], *, systemd: bool) -> None:
    """Name the environment variables that the crawl needs: cron and systemd start it without those of the shell."""
    for spider in spiders:
        if names := variables_of(spider.login, spider.proxy):
            where = "EnvironmentFile=/PATH in the service" if systemd else f"a line {names[0]}=… in the crontab"
            click.echo(
                f"archiver: {plain(spider.name)} reads {plain(', '.join(names))} from the environment, which "
                f"{'systemd' if systemd else 'cron'} does not pass on: add {where}, or use file:/PATH in the spider",
                err=True,
            )


def _upkeep(name: str, options: tuple[str, ...]) -> _Job:
    """A check or a backup of the archive. Raises UsageError for an option that the command lacks: now, not when cron
    runs the line.
    """
    if name == _VERIFY:
        with verify_command.make_context(_VERIFY, list(options)):
            return _Job(_VERIFY, "verify the archive", (_VERIFY, *options), "30d")
    with backup_command.make_context(_BACKUP, list(options)) as asked:
        place = asked.params["dest"]
    if place is None:
        raise UsageError("no destination was given", "write it after `backup`: a folder or an s3:// address")
    if "://" not in place:  # cron starts in another folder
        whole = str(Path(place).expanduser().absolute())
        options = tuple(whole if option == place else option for option in options)
    return _Job(_BACKUP, "back up the archive", (_BACKUP, *options), "1d")


def _crawl(app: App, site: str, options: tuple[str, ...], every: str | None, *, systemd: bool) -> _Job | None:
    """A crawl of a site or of all; None if the site's spider can't be used. Raises UsageError."""
    all_sites = site == _ALL
    spiders = chosen_spiders(app, () if all_sites else (site,), every=all_sites).spiders
    if not spiders:
        return None
    if every is None:
        raise UsageError("--every is missing", "give an interval, such as --every 6h or --every 1d")
    _warn_of_variables(spiders, systemd=systemd)
    if all_sites:
        options = _with_time_limit(options, every)
    with crawl_command.make_context("crawl", [site, *options]) as asked:
        check_values(*(asked.params[name] for name in ("include", "exclude", "max_time", "since", "min_free")))
    name, what = ("all", "crawl all sites") if all_sites else (spiders[0].name, f"crawl {site}")
    return _Job(name, what, ("crawl", site, *options), every)


def _with_time_limit(options: tuple[str, ...], every: str) -> tuple[str, ...]:
    """The options of a crawl of all sites, with a time limit: a site with days of work must not delay the next run."""
    if any(option.startswith("--max-time") for option in options):
        return options
    return (*options, "--max-time", f"{int(seconds(every) or 0)}s")


def unit_name(site: str) -> str:
    """The name of a site's units. systemd.unit(5) allows only these characters."""
    return "archiver-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", site).strip("-")


def interval_of(every: str, key: str) -> Interval:
    """The schedule for an interval. `key` spreads the minutes, so that not every archive starts on the hour."""
    wanted = seconds(every) or 0
    minutes, rest = divmod(int(wanted), 60)
    spread = zlib.crc32(key.encode())
    minute, hour = spread % 60, spread // 60 % 6  # at night, when sites have little traffic
    if rest == 0 and minutes in _MINUTES:
        return Interval(minutes=minutes)
    if rest == 0 and minutes % 60 == 0 and minutes // 60 in _HOURS:
        return Interval(hours=minutes // 60, minute=minute)
    if wanted in (86400, 7 * 86400, 30 * 86400):
        return Interval(weekly=wanted == 7 * 86400, monthly=wanted == 30 * 86400, minute=minute, hour=hour)
    known = ", ".join([*(f"{number}m" for number in _MINUTES), *(f"{number}h" for number in _HOURS), "1d", "7d", "30d"])
    raise UsageError(f"--every {every} can't be written as a fixed cron schedule", f"choose one of {known}")


def crontab_line(turns: Interval, arguments: list[str]) -> str:
    """The crontab line. The command writes its own log and prints only new problems (`--cron`), which cron mails."""
    fine = "|".join(str(int(code)) for code in FINE)
    line = f"{shlex.join(arguments)} || {{ code=$?; case $code in {fine}) ;; *) exit $code;; esac; }}"
    return f"{turns.cron()} {line.replace('%', chr(92) + '%')}"  # cron reads an unescaped % as a line break


def service(what: str, arguments: list[str]) -> str:
    """The service unit, which crawls once."""
    return "\n".join(
        (
            "[Unit]",
            f"Description=archiver: {what.replace('%', '%%')}",
            "Wants=network-online.target",
            "After=network-online.target",
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(_systemd_word(word) for word in arguments)}",
            f"SuccessExitStatus={' '.join(str(int(code)) for code in FINE)}",
            "# SIGTERM ends a crawl cleanly: requests in flight are completed first.",
            "TimeoutStopSec=120",
            "Nice=10",
            "SyslogIdentifier=archiver",
            "",
        )
    )


def timer(what: str, turns: Interval, interval: float) -> str:
    """The timer unit. A run that was missed while the machine was off starts when it is on again."""
    delay = int(min(max(interval / 20, 30), 900))
    return "\n".join(
        (
            "[Unit]",
            f"Description=archiver: {what.replace('%', '%%')} repeatedly",
            "",
            "[Timer]",
            f"OnCalendar={turns.calendar()}",
            f"RandomizedDelaySec={delay}",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        )
    )


def _command_line(app: App, *command: str) -> list[str]:
    """The command with absolute paths, because it is started from `/` with almost no environment."""
    home = ["--home", str(app.home.path.absolute())] if app.home else []
    return [_program(), "-A", str(app.archive.path.absolute()), *home, *command]


def _program() -> str:
    beside = Path(sys.executable).with_name("archiver")
    found = str(beside) if beside.is_file() else shutil.which("archiver")
    if found is None:
        raise UsageError("the archiver program was not found", "install it (`pip install .`), then try again")
    return os.path.abspath(found)  # noqa: PTH100 - keep a symbolic link to the program, which may be updated


def _systemd_word(word: str) -> str:
    """A word of ExecStart, quoted as in systemd.service(5), "Command lines"."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return word if word and not set(word) & set(" \t;'\"\\") else f'"{word}"'


def _write(folder: Path, units: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} can't be written ({error.strerror})", "choose another with -o") from error
