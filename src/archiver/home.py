"""The files of a home (scrapy.cfg, spiders/) and of an archive directory, and its lock."""

from __future__ import annotations

import configparser
import difflib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import StorageError, UsageError, did_you_mean
from archiver.keeping import POLICIES
from archiver.locks import holder_of, locked

_SECTION = "archiver"
_KEYS = ("archive", "contact", "keep_logs", "operator", "reserved", "user_agent")  # the keys of its section


@dataclass(frozen=True, slots=True)
class ArchiveDir:
    """The paths of one archive. They need not exist until `create`."""

    path: Path

    @property
    def warc(self) -> Path:
        return self.path / "warc"

    @property
    def index(self) -> Path:
        return self.path / "index.db"

    @property
    def frontier(self) -> Path:
        return self.path / "frontier.db"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def reports(self) -> Path:
        return self.path / "reports"

    def create(self) -> None:
        """Create missing folders. Raises StorageError."""
        try:
            for folder in (self.warc, self.logs, self.reports):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self.path} can't be created ({error.strerror})", "choose another with -A") from error

    def require(self) -> None:
        """Raises UsageError if there is no archive here."""
        if not self.path.is_dir():
            raise UsageError(
                f"there is no archive at {self.path}", "give one with -A, or create one with `archiver crawl`"
            )

    @property
    def in_use(self) -> bool:
        """Whether a crawl or another writer in another process seems to be using the archive."""
        return holder_of(self.path / "lock") not in (None, os.getpid())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the archive's lock: one writer at a time. Raises LockedError, naming the holder's pid."""
        self.create()
        with locked(self.path / "lock", f"another run works on {self.path}"):
            yield


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with scrapy.cfg and spiders/. `options` is scrapy.cfg's section [archiver]."""

    path: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.path / Path(self.options.get("archive", "archive")).expanduser()

    def spider_files(self) -> list[Path]:
        """The spider files. Raises StorageError if the folder can't be read, which differs from an empty one."""
        folder = self.path / "spiders"
        try:
            found = list(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise StorageError(f"{folder} can't be read ({error.strerror})", "check its permissions") from error
        return sorted(path for path in found if path.suffix == ".py" and not path.name.startswith(("_", ".")))


def find_home(start: Path) -> Home | None:
    """The home at `start` or in the nearest parent folder: a folder with scrapy.cfg and spiders/."""
    for folder in (start, *start.parents):
        if (folder / "scrapy.cfg").is_file() and (folder / "spiders").is_dir():
            return home_at(folder)
    return None


def home_at(folder: Path) -> Home:
    """The home in a folder. Raises UsageError if there is none, and for an invalid scrapy.cfg."""
    path = folder / "scrapy.cfg"
    # No interpolation of %, and values of [DEFAULT] don't apply to the section [archiver].
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        if not (folder / "spiders").is_dir():
            raise UsageError(
                f"{folder} is not a home: it has neither scrapy.cfg nor spiders/", "create one with `archiver init`"
            ) from None
        return Home(folder)
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        why = " ".join(str(error).split())  # configparser's messages have several lines
        raise UsageError(f"{path} can't be read ({why})", "correct it, or give --home") from error
    if not parser.has_section(_SECTION):
        _refuse_misspelt_section(path, parser.sections())
        return Home(folder)
    options = dict(parser[_SECTION])
    for key, value in options.items():
        _check_option(path, key, value)
    return Home(folder, options)


def _refuse_misspelt_section(path: Path, sections: list[str]) -> None:
    near = difflib.get_close_matches(_SECTION, [section.lower() for section in sections], n=1, cutoff=0.8)
    if near:
        raise UsageError(f"{path} has an unknown section [{near[0]}]", f"rename it to [{_SECTION}]")


def _check_option(path: Path, key: str, value: str) -> None:
    """Raises UsageError for an unknown key or an invalid value."""
    where = f"{path}, [{_SECTION}]"
    if key not in _KEYS:
        hint = "; ".join(filter(None, (did_you_mean(key, _KEYS), f"known keys: {', '.join(_KEYS)}")))
        raise UsageError(f"{where} has an unknown key {key!r}", hint)
    if not value.isprintable():
        raise UsageError(f"{where}: {key} = {value!r} is not one line of text", "write it in one line")
    if key == "reserved" and value not in POLICIES:
        raise UsageError(f"{where}: reserved = {value!r} is not a policy", f"write one of: {', '.join(POLICIES)}")
    if key == "archive" and not value:
        raise UsageError(f"{where}: archive is empty", "give a folder, or remove the line")
