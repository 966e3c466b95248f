"""Where pywb is installed: an environment that holds nothing else, made by `set_up`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from archiver.errors import UsageError


def is_set_up() -> bool:
    """Whether the environment is there."""
    return False


def set_up(say: Callable[[str], None]) -> Path:
    """Make the environment, or find it made; returns its folder. Raises UsageError with the next step."""
    say("replay can't be set up yet")
    raise UsageError("replay can't be set up yet", "wait for the next version")
