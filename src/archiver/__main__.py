"""Where the program starts: `archiver`, or `python -m archiver`."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Run the command line, or say in one line where it can't run: exit code 2, as for other wrong use."""
    if sys.platform == "win32":
        sys.stderr.write("archiver: Windows is not supported: use Linux, for example in WSL\n")
        raise SystemExit(2)
    from archiver.cli import main as run  # noqa: PLC0415 - it imports what Windows lacks

    # The interpreter's last collections would walk through everything that Scrapy loaded, for a third of a second.
    atexit.register(gc.freeze)
    run()


if __name__ == "__main__":
    main()
