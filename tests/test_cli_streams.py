"""Output streams: a reader that stops reading, a full disk, a closed stream; and errors of the operating system."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def shell(crawled):
    """Runs `archiver ARGUMENTS` with a shell redirection: `shell("status", ">&-")` -> (exit code, stderr)."""
    _, program, _ = crawled

    def run(arguments, redirection):
        archiver = Path(sys.executable).with_name("archiver")
        script = f'"{archiver}" -A "{program.archive}" {arguments} {redirection}; exit ${{PIPESTATUS[0]}}'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("arguments", ["search --csv", "export x.csv --help", "status"])
def test_a_closed_pipe_is_not_a_failure(shell, arguments):
    assert shell(arguments, "| head -c 1 >/dev/null") == (0, "")


def test_a_full_disk_at_the_output_is_reported_once_and_ends_with_3(shell):
    code, errors = shell("status", ">/dev/full")
    assert code == 3 and errors.startswith("archiver: standard output: No space left") and errors.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_are_not_a_failure(shell, crawled, closed):
    _, program, _ = crawled
    assert shell("search ferry --csv", closed + " | cat >/dev/null") == (0, "")
    assert program.rows("PRAGMA integrity_check") == [("ok",)]


def test_errors_of_the_system_are_reported_in_one_line(crawled):
    _, program, _ = crawled
    process = program.start("-A", "x" * 300, "status")
    output, errors = process.communicate()
    assert (process.returncode, output) == (3, b"") and b"name too long" in errors and b"bug" not in errors
