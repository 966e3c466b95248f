"""`archiver hosts`: hosts recognised as mirrors, the evidence, and people's decisions."""

from __future__ import annotations

from dataclasses import asdict

import click

from archiver.cli.app import App, print_json
from archiver.cli.groups import Commands
from archiver.cli.readable import print_table
from archiver.errors import UsageError
from archiver.index.database import open_reader
from archiver.index.learn.mirror_decisions import Host, decide_host, hosts
from archiver.index.read.story_reader import captured_hosts
from archiver.printable import plain

_NAMED = 12


@click.group("hosts", cls=Commands)
def command() -> None:
    """List, accept or reject mirror hosts: names that serve the same stories as another host.

    A story captured on several hosts is one row, and every capture keeps its URL. Decisions are kept in
    archive/decisions.jsonl; a later decision replaces an earlier one.

    \b
    Examples:  archiver hosts list
               archiver hosts reject sport.example.com --reason "a paper of its own"
               archiver hosts accept ww3w.example.com --as www.example.com
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_obj
def list_(app: App, as_json: bool) -> None:
    """List mirror hosts, the canonical host of each, and the evidence.

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
        app.confirm("the index knows no mirror hosts")


@command.command("accept")
@click.argument("host")
@click.option("--as", "canonical", metavar="HOST", help="The canonical host. Default: the learned one.")
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.pass_obj
def accept(app: App, host: str, canonical: str | None, reason: str) -> None:
    """Treat a host as a mirror, whatever is learned later: its stories are joined with the canonical host's.

    \b
    Example:  archiver hosts accept ww3w.example.com --as www.example.com
    """
    host = _known(app, host)
    target = _name(canonical) if canonical else {row.host: row.canonical_host for row in _hosts(app)}.get(host)
    if target is None:
        raise UsageError(f"no canonical host was learned for {host}", "give the canonical host with --as")
    decide_host(app.archive.index, host, target, reason)
    app.confirm(f"accepted: {host} is a mirror of {target}, until you decide otherwise")


@command.command("reject")
@click.argument("host")
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.pass_obj
def reject(app: App, host: str, reason: str) -> None:
    """Treat a host as independent, whatever is learned later: its stories are separated from the other host's.

    `mirror_hosts` of a spider still applies: change it in the spider's file.

    \b
    Example:  archiver hosts reject sport.example.com --reason "a paper of its own"
    """
    host = _known(app, host)
    decide_host(app.archive.index, host, None, reason)
    app.confirm(f"rejected: {host} is an independent host, until you decide otherwise")


def _known(app: App, typed: str) -> str:
    """A host with captures or a decision. Raises UsageError, with the known hosts, for any other."""
    host = _name(typed)
    decided = [row.host for row in _hosts(app)]
    if host not in decided:
        with open_reader(app.archive.index) as db:
            known = sorted({*decided, *captured_hosts(db)})
        if host not in known:
            few = ", ".join(known[:_NAMED]) + (f" and {len(known) - _NAMED} more" if len(known) > _NAMED else "")
            raise UsageError(f"nothing was captured from {host}", f"known hosts: {plain(few) or 'none'}")
    return host


def _hosts(app: App) -> list[Host]:
    app.archive.require()
    with open_reader(app.archive.index) as db:
        return hosts(db)


def _name(host: str) -> str:
    name = host.strip().lower().rstrip(".")
    if not name or any(char in name for char in "/:@ "):
        raise UsageError(f"{host!r} is not a host name", "give it without http:// and path")
    return name
