"""Signals during a command: what the second one prints, and whom the first one calls."""

import os
import signal

import pytest

from archiver.cli.interrupts import Interrupts


class EndedError(Exception):
    """In place of the end of the program."""


def test_the_second_signal_says_in_one_line_that_the_program_ends_and_what_is_kept(monkeypatch, capfd):
    def end(code):
        raise EndedError(code)

    monkeypatch.setattr(os, "_exit", end)
    called = []
    with Interrupts() as interrupts:
        interrupts.listen(lambda: called.append(1))
        signal.raise_signal(signal.SIGTERM)
        assert called == [1] and capfd.readouterr().err == ""
        with pytest.raises(EndedError, match="11"):
            signal.raise_signal(signal.SIGTERM)
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("archiver: second signal") and "kept" in line and "again" in line
