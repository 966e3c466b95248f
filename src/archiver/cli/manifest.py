"""`archiver manifest`: the list of the archive's WARC files with their SHA-512, chained and signed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from archiver.cli.app import App, print_json
from archiver.cli.readable import counted, print_table
from archiver.errors import DamageError


@click.command("manifest")
@click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="KEY",
    help="Sign the head of the chain with an Ed25519 private key (a PEM file).",
)
@click.option("--head", is_flag=True, help="Print only the head of the chain, to deposit elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
@click.pass_obj
def command(app: App, key: Path | None, head: bool, as_json: bool) -> None:
    """Add missing WARC files to the manifest, print it, or sign it.

    A crawl adds a line for each file that it completes. A file that `verify --repair` cut, and that is restored from a
    backup, gets a line, too. With an old head, or the public key, anyone can check that
    nothing was changed or removed since (`archiver verify --head`, `--key`). docs/security.md explains the details.

    \b
    Examples:  archiver manifest
               archiver manifest --head > head-2026-05.txt
               openssl genpkey -algorithm ed25519 -out archive.key && archiver manifest --sign archive.key
    """
    from archiver.fixity.manifest import Manifest  # noqa: PLC0415 - --help doesn't need it
    from archiver.fixity.signing import sign  # noqa: PLC0415
    from archiver.index.ingest.warc_files import packages_in, warcs_in  # noqa: PLC0415

    app.archive.require()
    manifest = Manifest(app.archive.path)
    chain = manifest.read()
    warcs = (*warcs_in(app.archive.warc), *packages_in(app.archive.warc))
    paths = [warc.path for warc in warcs]
    unlisted = [*chain.unlisted(paths), *chain.whole_again(paths)]
    if unlisted:
        with app.archive.locked():
            added = manifest.enlist(unlisted)
        app.say(f"{counted(len(added), 'line')} added to the manifest")
        chain = manifest.read()
    if chain.problems:
        raise DamageError(f"{manifest.path}: {chain.problems[0]}", "see `archiver verify`")
    if key is not None:
        with app.archive.locked():
            signature = sign(app.archive.path, chain, key)
        app.confirm(f"signed: {counted(len(chain.entries), 'line')}, head {signature.head[:16]}…")
    if head:
        click.echo(chain.head)
    elif as_json:
        print_json([asdict(entry) for entry in chain.entries])
    elif key is None:
        print_table(
            ("file", "event", "bytes", "SHA-512", "at"),
            [(entry.file, entry.event, entry.bytes, entry.sha512[:16] + "…", entry.at) for entry in chain.entries],
        )
