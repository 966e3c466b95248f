"""Imports sqlite-utils without pandas.

If pandas is installed, sqlite-utils imports it and numpy to support their types. That takes a third of a second, half
the time of a search, and archiver only passes text and numbers.
"""

from __future__ import annotations

import importlib
import sys

_NOT_NEEDED = ("numpy", "pandas")


def load() -> None:
    """Import sqlite-utils as if pandas weren't installed; later imports of pandas elsewhere work as usual.

    Only for archiver's own program: in a notebook the user may need sqlite-utils with these types.
    """
    hidden = [name for name in _NOT_NEEDED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's sign for "can't be imported"
    try:
        importlib.import_module("sqlite_utils")
    finally:
        for name in hidden:
            del sys.modules[name]
