"""Platforms: Linux; macOS without a hard memory limit; Windows, which is reported as unsupported."""

import resource
import subprocess
import sys

import pytest

from archiver.extract import pool


def test_on_windows_one_line_says_that_it_is_not_supported():
    code = "import sys; sys.platform = 'win32'; sys.modules['fcntl'] = None; from archiver.__main__ import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "archiver: Windows is not supported: use Linux, for example in WSL\n"


def _refused(*_):
    raise ValueError("current limit exceeds maximum limit")


def test_a_worker_starts_where_macos_refuses_a_limit_of_memory(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", _refused)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    pool._start_worker(1 << 30)


def test_on_linux_a_worker_without_its_limit_does_not_start(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", _refused)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ValueError, match="exceeds"):
        pool._start_worker(1 << 30)


@pytest.mark.parametrize(("platform", "method"), [("linux", "forkserver"), ("darwin", "spawn")])
def test_workers_are_not_forked_on_macos(monkeypatch, platform, method):
    monkeypatch.setattr(sys, "platform", platform)
    assert pool._context().get_start_method() == method
