"""The Python environment in which pywb is installed by `set_up`.

pywb 2 needs gevent, which patches the standard library, and a redis client from 2017. Neither may be in a crawl's
environment. So pywb is not a dependency of archiver but a program that it starts.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.errors import StorageError, UsageError

# One version, not a range: `pywb_server` and `lookup` depend on its internals and are tested with it.
PYWB = "pywb==2.10.0"
VARIABLE = "ARCHIVER_REPLAY_ENV"
_COMMAND = "archiver serve --set-up-replay"


def environment_dir() -> Path:
    """The environment's folder: $ARCHIVER_REPLAY_ENV, otherwise in the user's data folder (XDG)."""
    if named := os.environ.get(VARIABLE):
        return Path(named).absolute()
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local/share") / "archiver" / "replay"


def python_of(folder: Path) -> Path:
    """The environment's interpreter."""
    return folder / "bin" / "python"


def is_set_up() -> bool:
    """Whether the environment exists, is complete, and has the required version."""
    folder = environment_dir()
    try:
        return _mark(folder).read_text(encoding="utf-8") == PYWB and python_of(folder).exists()
    except OSError:
        return False


def require_set_up() -> Path:
    """The environment's interpreter. Raises UsageError, with the command to run, if there is none."""
    if not is_set_up():
        raise UsageError("replay is not set up", f"run `{_COMMAND}` once")
    return python_of(environment_dir())


def set_up(say: Callable[[str], None]) -> Path:
    """Create the environment, which takes a minute and needs the network; returns its folder.

    An existing environment is kept. An incomplete one, or one with another version, is replaced. Raises UsageError or
    StorageError with the next step.
    """
    folder = environment_dir()
    with _alone(folder):
        if is_set_up():
            say(f"replay is set up already: {PYWB} in {folder}")
            return folder
        if folder.exists() and not (folder / "pyvenv.cfg").exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} contains other files", f"set {VARIABLE} to an empty folder")
        say(f"creating {folder} for {PYWB}")
        shutil.rmtree(folder, ignore_errors=True)
        _run(
            [sys.executable, "-m", "venv", str(folder)], "install Python's venv (Debian: apt-get install python3-venv)"
        )
        say(f"installing {PYWB}")
        pip = [str(python_of(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYWB]
        _run(pip, f"check that pip reaches its package index, then run `{_COMMAND}` again")
        _mark(folder).write_text(
            PYWB, encoding="utf-8"
        )  # the last step: without it the environment counts as incomplete
        say("replay is set up")
    return folder


def _mark(folder: Path) -> Path:
    return folder / "archiver-replay.txt"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One set-up at a time; a second waits for the first and then has nothing to do."""
    lock = folder.with_name(folder.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StorageError(
            f"{folder} can't be created ({error.strerror})", f"set {VARIABLE} to another folder"
        ) from error


def _run(command: list[str], hint: str) -> None:
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=_environment())  # noqa: S603
    if run.returncode:
        said = [line.strip() for line in (run.stdout + run.stderr).splitlines() if line.strip()]
        errors = [line for line in said if line.upper().startswith("ERROR")] or said or ["it says nothing"]
        raise UsageError(f"replay can't be set up ({errors[-1][:200]})", hint)


def _environment() -> dict[str, str]:
    """This process's environment, without variables that would make another interpreter use our packages."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
