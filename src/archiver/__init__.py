"""archiver: a news archive you can trust.

`from archiver import Archive` opens one for reading (see `archiver.library`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archiver.library import Archive

__all__ = ["Archive", "__version__"]
__version__ = "0.2.0"


def __getattr__(name: str) -> object:
    """Imports `Archive` on first use, so that `import archiver` itself stays light."""
    if name == "Archive":
        from archiver.library import Archive  # noqa: PLC0415

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
