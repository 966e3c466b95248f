"""sqlite-utils without what it has no use for here.

Where pandas is installed sqlite-utils imports it, and numpy, to know their types should somebody store them: a third of
a second, half of what a search takes. We give it text and numbers.
"""

from __future__ import annotations

import importlib
import sys

_NOT_NEEDED = ("numpy", "pandas")


def load() -> None:
    """Import sqlite-utils as if pandas weren't installed; others who import that afterwards get it.

    For our own program alone: in a notebook sqlite-utils is the user's too, and has to know their types.
    """
    hidden = [name for name in _NOT_NEEDED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's sign for "can't be imported"
    try:
        importlib.import_module("sqlite_utils")
    finally:
        for name in hidden:
            del sys.modules[name]
