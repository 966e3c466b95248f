"""Serve the sample site until interrupted: `python -m archiver.samplesite --port 8900 --day 1`."""

from __future__ import annotations

import argparse
import sys
import threading

from archiver.samplesite.server import SampleSite


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m archiver.samplesite", description="Serve the sample news site.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--day", type=int, choices=(1, 2), default=1, help="which day's edition to show")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    try:
        started = SampleSite(options.day, options.port, options.delay)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        parser.error(f"port {options.port} can't be used ({why}): choose another, or 0 for a free one")
    with started as site:
        sys.stdout.write(site.url + "\n" + site.loopback_url + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
