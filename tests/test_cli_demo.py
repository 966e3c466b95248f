"""`archiver demo`: the first command that a new user runs."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import ExitCode


@pytest.mark.slow
def test_the_demo_ends_with_search_results_and_says_what_to_try_next(tmp_path):
    archiver = Path(sys.executable).with_name("archiver")
    done = subprocess.run(
        [archiver, "demo", "--port", "0"], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "**What happens next**" in done.stdout
    assert "Eighteen months to pack up seventeen years" in done.stdout
    assert "/es/node/59445" in done.stdout, "an English story at a number under /es/"
    assert "Try next" in done.stderr
    assert (tmp_path / "demo-archive" / "archive" / "index.db").exists()
    command = next(line for line in done.stderr.splitlines() if line.startswith("Try next:"))
    archive = command.split("-A ")[1].split(" ")[0]
    again = subprocess.run(
        [archiver, "-A", archive, "status"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "69 stories" in again.stdout


def test_a_port_in_use_names_the_whole_command_for_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = CliRunner().invoke(cli, ["demo", "--port", str(taken.getsockname()[1])])
    assert "is in use" in str(ran.exception)
    assert re.search(r"`\S*archiver demo --port 0`$", str(ran.exception)), ran.exception


def test_a_demo_at_another_port_in_the_same_folder_says_that_stories_will_be_there_twice(tmp_path, monkeypatch):
    monkeypatch.setattr("archiver.cli.crawling.run_and_index", lambda *_, **__: ExitCode.STORAGE)
    monkeypatch.chdir(tmp_path)
    told = [CliRunner().invoke(cli, ["demo", "--port", "0"]).stderr for _ in range(2)]
    assert ["at another port" in errors for errors in told] == [False, True]
