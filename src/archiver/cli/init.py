"""`archiver init`: create a home."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path

import click

from archiver.cli.app import App
from archiver.errors import StorageError
from archiver.home import ArchiveDir

# Template in the package -> file in the home.
_FILES = {
    "scrapy.cfg": "scrapy.cfg",
    "example.py.txt": "spiders/example.py",
    "archive-README.md": "archive/README.md",
}


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.pass_obj
def command(app: App, directory: Path) -> None:
    """Create a home: scrapy.cfg, spiders/ with a commented example, archive/.

    Existing files are not changed.

    \b
    Example:   archiver init my-archive
    """
    written = make_home(directory)
    for path in written:
        app.say(f"made {path}")
    go = "" if directory.resolve() == Path.cwd() else f"cd {shlex.quote(str(directory))}, then "
    app.say(f"next: {go}copy spiders/example.py, or try `archiver crawl https://your-site.example/`")


def make_home(directory: Path) -> list[Path]:
    """Write the files that a home lacks; returns them. Raises StorageError if they can't be written."""
    written = []
    template = files("archiver.cli") / "template"
    try:
        for source, name in _FILES.items():
            target = directory / name
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text((template / source).read_text(encoding="utf-8"), encoding="utf-8")
            written.append(target)
    except OSError as error:
        raise StorageError(f"{directory} can't be written ({error.strerror})", "choose another folder") from error
    ArchiveDir(directory / "archive").create()
    return written
