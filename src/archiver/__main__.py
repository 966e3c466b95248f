"""Where the program starts: `archiver`, or `python -m archiver`."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Run the command line, or report in one line that the platform is not supported (exit code 2)."""
    if sys.platform == "win32":
        sys.stderr.write("archiver: Windows is not supported: use Linux, for example in WSL\n")
        raise SystemExit(2)
    from archiver.cli import main as run  # noqa: PLC0415 - it imports modules that Windows lacks

    # The interpreter's final garbage collections would take a third of a second for everything that Scrapy loaded.
    atexit.register(gc.freeze)
    run()


if __name__ == "__main__":
    main()
