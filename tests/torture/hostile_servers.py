"""A server with random and damaged responses in irregular pieces: the crawl ends, and no URL is lost."""

from __future__ import annotations

import gzip
import random
import zlib
from pathlib import Path

from mutation import mutated

from conftest import make_program
from rawserver import CLOSE, RESET, RawServer, Script
from warc_samples import page

PAGES = 40
_TOKENS = (
    b"\r\n",
    b"Content-Length: 99999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 ",
    b"\x00",
    b"\xff",
)


def one(chance: random.Random, folder: Path) -> int:
    """One crawl of forty hostile pages: it ends by itself, without a traceback, and every URL has an outcome."""
    answers = {f"/2024/05/{number}-story": answer(chance, number) for number in range(PAGES)}
    links = "".join(f'<a href="{path}">a story</a>' for path in answers)
    front = f"<html><body>{links}</body></html>".encode()
    answers["/"] = [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(front) + front]
    missing = [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
    with RawServer(lambda path: answers.get(path, missing)) as server:
        program = make_program(folder / "home")
        url = f"http://127.0.0.1:{server.port}/"
        process = program.start("crawl", url, "--delay", "0", "--min-free", "0", "--json")
        _, errors = process.communicate(timeout=300)
        assert b"Traceback" not in errors, errors.decode()
        assert process.returncode in (0, 12, 18, 19), f"exit {process.returncode}: {errors.decode()}"
    known = {url for (url,) in program.rows("SELECT url FROM captures UNION SELECT url FROM skipped")}
    unknown = [path for path in answers if not any(url.endswith(path) for url in known)]
    assert not unknown, unknown[:3]
    assert program.json("verify", "--deep", "--json")["problems"] == []
    return PAGES


def answer(chance: random.Random, number: int) -> Script:
    """A script of bytes and pauses to send."""
    good = page(number)
    match chance.randrange(20):
        case 0:
            return [good[: chance.randrange(len(good))], CLOSE]
        case 1:
            return [good[: chance.randrange(len(good))], RESET]
        case 2:
            return [RESET]
        case 3:
            return [CLOSE]
        case 4:
            return [chance.randbytes(chance.randint(1, 3000)), CLOSE]
        case 5:
            return [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(bytes(60_000_000), 1), CLOSE]
        case 6:
            return [b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n", zlib.compress(good)[:-20], CLOSE]
        case 7:
            return [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\n", CLOSE]
        case 8:
            return [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n", CLOSE]
        case 9:
            target = chance.choice(
                ("file:///etc/passwd", "http://[", "http://169.254.169.254/", "/loop", "http://a:99999999/")
            )
            return [f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()]
        case 10:
            return [good[:40], 0.5, good[40:200], 0.5, good[200:]]
        case 11:
            return [
                f"HTTP/1.1 {chance.choice((999, 103, 206, 304, 600, 0))} X\r\nContent-Length: 2\r\n\r\nok".encode(),
                CLOSE,
            ]
        case 12 | 13 | 14:
            return [good]
        case _:
            return [mutated(chance, good, _TOKENS), CLOSE]
