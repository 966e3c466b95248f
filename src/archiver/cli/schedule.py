"""`archiver schedule`: the crontab line or systemd units that crawl a site again and again."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import click

from archiver.cli.app import App, seconds
from archiver.cli.completing import complete_site
from archiver.cli.crawl import command as crawl_command
from archiver.cli.targets import chosen_spiders
from archiver.cli.verify import command as verify_command
from archiver.errors import ExitCode, StorageError, UsageError

# Interrupted, out of time, another run at work: the next turn goes on. Nobody has to do anything.
FINE = (ExitCode.INTERRUPTED, ExitCode.TIME_LIMIT, ExitCode.LOCKED)
_VERIFY = "verify"  # not a site, but `archiver verify`
_ALL = "--all"  # in the place of a site: all of the home
_ALL = "--all"
_MINUTES = (5, 10, 15, 20, 30)
_HOURS = (1, 2, 3, 4, 6, 8, 12)


@dataclass(frozen=True, slots=True)
class Turns:
    """When a crawl begins: every `minutes`, or every `hours`, or at one time of day or week; at `minute` past."""

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
        """The same as systemd writes it (systemd.time(7))."""
        if self.minutes:
            return f"*-*-* *:00/{self.minutes}:00"
        if self.hours:
            return f"*-*-* 00/{self.hours}:{self.minute:02d}:00"
        day = "01" if self.monthly else "*"
        return f"{'Mon ' if self.weekly else ''}*-*-{day} {self.hour:02d}:{self.minute:02d}:00"


@click.command("schedule", context_settings={"ignore_unknown_options": True})
@click.argument("site", metavar="SITE|URL|verify", required=False, shell_complete=complete_site)
@click.argument("options", metavar="[CRAWL OPTIONS]", nargs=-1, type=click.UNPROCESSED)
@click.option("--all", "all_sites", is_flag=True, help="One schedule for all sites of the home.")
@click.option("--every", metavar="TIME", help="15m, 1h, 6h, 1d, 7d, 30d …; 30d unless given for verify.")
@click.option("--systemd", is_flag=True, help="Print a service and a timer instead of a crontab line.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write the units into a folder.")
@click.pass_obj
def command(
    app: App,
    site: str | None,
    options: tuple[str, ...],
    all_sites: bool,
    every: str | None,
    systemd: bool,
    output: Path | None,
) -> None:
    """Print what makes cron or systemd crawl a site again and again. It changes nothing by itself.

    What follows the site goes to `archiver crawl`. Whatever stands in the way is one line on stderr, which cron sends
    by mail; a run that finds another at work, or is out of time, leaves the rest to the next one.

    \b
    Examples:  archiver schedule aldia --every 6h
               (crontab -l; archiver schedule aldia --every 6h) | crontab -
               archiver schedule aldia --every 1d --systemd -- --max-time 4h
               archiver schedule aldia --every 1d --systemd -o ~/archiver-units
               archiver schedule --all --every 6h
               archiver schedule verify -- --deep
               archiver schedule https://www.example.com/ --every 7d -- --exclude '^/sports/'
    """
    if output is not None and not systemd:
        raise UsageError("-o is for units", "give --systemd too")
    if all_sites:  # what stands in the place of a site is an option of the crawl
        options, site = tuple(filter(None, (site, *options))), _ALL
    elif site is None:
        raise UsageError("no site is named", "name one, or give --all")
    # A wrong option must be found now, not at three in the morning.
    if site == _VERIFY:
        every = every or "30d"
        with verify_command.make_context(_VERIFY, list(options)):
            pass
        name, arguments = unit_name(_VERIFY), _command_line(app, _VERIFY, *options)
    elif every is None:
        raise UsageError("how often is not said", "give --every, such as 6h or 1d")
    else:
        spiders = chosen_spiders(app, () if all_sites else (site,), every=all_sites)
        if all_sites:
            options = _in_turns(options, every)
        with crawl_command.make_context("crawl", [site, *options]):
            pass
        name = unit_name("all" if all_sites else spiders[0].name)
        cron = () if systemd else ("--cron",)
        arguments = _command_line(app, "crawl", *cron, site, *options)
    what = {_VERIFY: "verify the archive", _ALL: "crawl all sites"}.get(site, f"crawl {site}")
    turns = turns_of(every, f"{app.archive.path} {site}")
    app.archive.create()
    if not systemd:
        log = app.archive.logs / "cron.log" if site == _VERIFY else None
        click.echo(crontab_line(turns, arguments, log))
        return
    units = {f"{name}.service": service(what, arguments), f"{name}.timer": timer(what, turns, seconds(every) or 0)}
    if output is not None:
        _write(output, units)
        click.echo(f"systemctl --user link {shlex.quote(str(output.absolute()))}/{name}.* && "
                   f"systemctl --user enable --now {name}.timer")  # fmt: skip
        return
    for file, text in units.items():
        click.echo(f"# ~/.config/systemd/user/{file}\n{text}")
    click.echo(f"# then: systemctl --user daemon-reload && systemctl --user enable --now {name}.timer")


def _in_turns(options: tuple[str, ...], every: str) -> tuple[str, ...]:
    """The options of a crawl of all sites: one that has work for days must not keep the others from their next turn."""
    if any(option.startswith("--max-time") for option in options):
        return options
    return (*options, "--max-time", f"{int(seconds(every) or 0)}s")


def unit_name(site: str) -> str:
    """What a site's units are called. systemd.unit(5) allows these signs and no others."""
    return "archiver-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", site).strip("-")


def turns_of(every: str, key: str) -> Turns:
    """The turns for a length of time. `key` spreads the minutes: not every archive should start on the hour."""
    wanted = seconds(every) or 0
    minutes, rest = divmod(int(wanted), 60)
    spread = zlib.crc32(key.encode())
    minute, hour = spread % 60, spread // 60 % 6  # at night, where sites have time
    if rest == 0 and minutes in _MINUTES:
        return Turns(minutes=minutes)
    if rest == 0 and minutes % 60 == 0 and minutes // 60 in _HOURS:
        return Turns(hours=minutes // 60, minute=minute)
    if wanted in (86400, 7 * 86400, 30 * 86400):
        return Turns(weekly=wanted == 7 * 86400, monthly=wanted == 30 * 86400, minute=minute, hour=hour)
    known = ", ".join([*(f"{number}m" for number in _MINUTES), *(f"{number}h" for number in _HOURS), "1d", "7d", "30d"])
    raise UsageError(f"--every {every} doesn't come round at the same times", f"take one of {known}")


def crontab_line(turns: Turns, arguments: list[str], log: Path | None) -> str:
    """One line. Only a run that somebody should look at is heard of by mail: a crawl keeps its own log (`--cron`), what
    another command says goes to `log`."""
    run = shlex.join(arguments)
    fine = "|".join(str(int(code)) for code in FINE)
    kept = f" >>{shlex.quote(str(log))} 2>&1" if log else ""
    tail = f"tail -n 5 {shlex.quote(str(log))}; " if log else ""
    line = f"{run}{kept} || {{ code=$?; case $code in {fine}) ;; *) {tail}exit $code;; esac; }}"
    return f"{turns.cron()} {line.replace('%', chr(92) + '%')}"  # cron takes a bare % for a line break


def service(what: str, arguments: list[str]) -> str:
    """The unit that crawls once."""
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
            "# SIGTERM ends a crawl in good order: what is in flight ends first.",
            "TimeoutStopSec=120",
            "Nice=10",
            "SyslogIdentifier=archiver",
            "",
        )
    )


def timer(what: str, turns: Turns, interval: float) -> str:
    """The unit that says when. A turn that was missed while the machine was off is made up for."""
    delay = int(min(max(interval / 20, 30), 900))
    return "\n".join(
        (
            "[Unit]",
            f"Description=archiver: {what.replace('%', '%%')} again and again",
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
    """The program with absolute paths: it is started from `/`, with next to no environment."""
    home = ["--home", str(app.home.path.absolute())] if app.home else []
    return [_program(), "-A", str(app.archive.path.absolute()), *home, *command]


def _program() -> str:
    beside = Path(sys.executable).with_name("archiver")
    found = str(beside) if beside.is_file() else shutil.which("archiver")
    if found is None:
        raise UsageError("the archiver program is nowhere to be found", "install it (`pip install .`), then try again")
    return os.path.abspath(found)  # noqa: PTH100 - a link to the program stays one: it may be updated


def _systemd_word(word: str) -> str:
    """A word of ExecStart, by systemd.service(5), "Command lines"."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return word if word and not set(word) & set(" \t;'\"\\") else f'"{word}"'


def _write(folder: Path, units: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} can't be written ({error.strerror})", "choose another with -o") from error
