"""Replay of captured pages in the browser: pywb in a separate environment, on a separate port."""

from archiver.replay.environment import is_set_up, set_up
from archiver.replay.pywb_process import Replay, running

__all__ = ["Replay", "is_set_up", "running", "set_up"]
