"""A web server that sends scripted bytes and records what it received, to compare an archive with both sides' bytes."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CLOSE = "close"  # close the connection cleanly
RESET = "reset"  # end it with a TCP reset
Step = bytes | float | str  # bytes to send, seconds to wait, or one of the two above
Script = Sequence[Step]


@dataclass
class Seen:
    """One request, and the bytes sent in response."""

    connection: int
    path: str
    request: bytes
    sent: bytearray = field(default_factory=bytearray)


class RawServer:
    """Serves scripts by path on loopback. As a proxy it is the origin too: it answers CONNECT, then starts TLS."""

    def __init__(
        self,
        scripts: Mapping[str, Script] | Callable[[str], Script],
        tls: ssl.SSLContext | None = None,
        *,
        tls_at_once: bool = False,
    ) -> None:
        self._scripts = scripts if callable(scripts) else scripts.__getitem__
        self._tls = tls
        self._tls_at_once = tls_at_once
        self.seen: list[Seen] = []
        self.tunnels: list[bytes] = []
        self._connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            threading.Thread(target=self._serve, args=(connection, self._connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        self._open.add(connection)
        with contextlib.suppress(OSError, ValueError, KeyError):
            if self._tls_at_once:
                connection = self._start_tls(connection)
            buffer = b""
            while True:
                request, buffer = self._read_request(connection, buffer)
                if not request:
                    break
                method, target = request.split(b" ", 2)[:2]
                if method == b"CONNECT":
                    self.tunnels.append(request)
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    connection = self._start_tls(connection)
                    continue
                path = "/" + re.sub(rb"^https?://[^/]*", b"", target).decode().lstrip("/")
                seen = Seen(number, path, request)
                self.seen.append(seen)
                if not self._play(connection, self._scripts(path), seen):
                    break
        with contextlib.suppress(OSError):
            connection.close()

    def _start_tls(self, connection: socket.socket) -> socket.socket:
        assert self._tls is not None
        secure = self._tls.wrap_socket(connection, server_side=True)
        self._open.add(secure)
        return secure

    def _read_request(self, connection: socket.socket, buffer: bytes) -> tuple[bytes, bytes]:
        while b"\r\n\r\n" not in buffer:
            data = connection.recv(65536)
            if not data:
                return b"", b""
            buffer += data
        end = buffer.index(b"\r\n\r\n") + 4
        length = re.search(rb"(?im)^content-length: *(\d+)", buffer[:end])
        end += int(length[1]) if length else 0
        while len(buffer) < end:
            buffer += connection.recv(65536)
        return buffer[:end], buffer[end:]

    def _play(self, connection: socket.socket, script: Script, seen: Seen) -> bool:
        """Whether the connection stays open."""
        for step in script:
            if isinstance(step, bytes):
                seen.sent += step
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            elif step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            else:
                if isinstance(connection, ssl.SSLSocket):
                    with contextlib.suppress(OSError):
                        connection.unwrap()
                return False
        return True
