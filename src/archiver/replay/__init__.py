"""Captured pages as they were, in the browser: pywb in an environment of its own, on a port of its own."""

from archiver.replay.environment import is_set_up, set_up
from archiver.replay.pywb_process import Replay, running

__all__ = ["Replay", "is_set_up", "running", "set_up"]
