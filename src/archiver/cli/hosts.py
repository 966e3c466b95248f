"""`archiver hosts`: which hosts were recognised as mirrors, on what evidence, and what people say to it."""

from __future__ import annotations

from dataclasses import asdict

import click

from archiver.cli.app import App, print_json
from archiver.cli.groups import Commands
from archiver.cli.shown import print_table
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.learn.mirror_decisions import Host, decide_host, hosts
from archiver.index.read.story_reader import captured_hosts
from archiver.printable import plain

_NAMED = 12


@click.group("hosts", cls=Commands)
def command() -> None:
    """List, accept or reject mirror hosts: names that serve the same stories as another host.

    A story that was captured under several hosts is one row; every capture keeps its URL. Decisions stand in
    archive/decisions.jsonl and can be taken back by deciding otherwise.

    \b
    Examples:  archiver hosts list
               archiver hosts reject sport.example.com --reason "a paper of its own"
               archiver hosts accept ww3w.example.com --as www.example.com
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_obj
def list_(app: App, as_json: bool) -> None:
    """List mirror hosts with the host that stands for each, and the evidence.

    \b
    Example:  archiver hosts list --json
    """
    found = _hosts(app)
    if as_json:
        print_json([asdict(host) for host in found])
        return
    rows = [(host.host, host.canonical_host or "-", host.status, host.pages, host.why) for host in found]
    print_table(("host", "mirror of", "status", "pages", "why"), rows)
    if not found:
        app.say("no host mirrors another, as far as the index knows")


@command.command("accept")
@click.argument("host")
@click.option("--as", "canonical", metavar="HOST", help="The host that stands for it. Default: what was learned.")
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.pass_obj
def accept(app: App, host: str, canonical: str | None, reason: str) -> None:
    """Take a host for a mirror, whatever else is learned: its stories become the other host's.

    \b
    Example:  archiver hosts accept ww3w.example.com --as www.example.com
    """
    host = _known(app, host)
    target = _name(canonical) if canonical else {row.host: row.canonical_host for row in _hosts(app)}.get(host)
    if target is None:
        raise UsageError(f"no mirror was learned of {host}", "name the host that stands for it with --as")
    decide_host(app.archive.index, host, target, reason)
    app.confirm(f"accepted: {host} is a mirror of {target}, until you decide otherwise")


@command.command("reject")
@click.argument("host")
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.pass_obj
def reject(app: App, host: str, reason: str) -> None:
    """Take a host for a place of its own, and part its stories from the other host's.

    A site's own `mirror_hosts` goes on to hold: change it in the spider's file.

    \b
    Example:  archiver hosts reject sport.example.com --reason "a paper of its own"
    """
    host = _known(app, host)
    decide_host(app.archive.index, host, None, reason)
    app.confirm(f"rejected: {host} is a host of its own, until you decide otherwise")


def _known(app: App, typed: str) -> str:
    """A host that was captured from, or decided on. Raises UsageError for another, naming those."""
    host = _name(typed)
    decided = [row.host for row in _hosts(app)]
    if host not in decided:
        with open_reader(app.archive.index) as db:
            known = sorted({*decided, *captured_hosts(db)})
        if host not in known:
            few = ", ".join(known[:_NAMED]) + (f" and {len(known) - _NAMED} more" if len(known) > _NAMED else "")
            raise UsageError(f"nothing was captured from {host}", f"known are {plain(few) or 'none'}")
    return host


def _hosts(app: App) -> list[Host]:
    app.archive.require()
    with open_reader(app.archive.index) as db:
        return hosts(db)


def _name(host: str) -> str:
    name = host.strip().lower().rstrip(".")
    if not name or any(char in name for char in "/:@ "):
        raise UsageError(f"{host!r} is no host name", "give it without http:// and path")
    return name
