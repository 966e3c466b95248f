"""The tutorials as a reader follows them: each command runs in a terminal, in order, and its output is as described.

A block marked `console` contains commands after `$ ` and, below each, lines of its output: these must occur in the real
output, in this order; `…` matches anything. `python -m archiver.samplesite` is the newspaper in another window.
"""

import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PORT = "8347"  # in the tutorials; the tests use a free port instead
NEWSPAPER = "python -m archiver.samplesite"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Step:
    """A command of a tutorial and the lines of its output that the tutorial shows."""

    command: str
    shown: tuple[str, ...]


def steps_of(text):
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            end = next(end for end in range(1, len(lines) + 1) if is_whole("\n".join(lines[:end])))
            shown = [line for line in lines[end:] if line.strip(" …")]
            yield Step("\n".join(lines[:end]), tuple(shown))


def is_whole(command):
    """Whether the shell needs no further line, as within quotes. Lines after `&` belong to the same step."""
    if command.endswith(("\\", "&")):
        return False
    checked = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return checked.returncode == 0 and not checked.stderr


class Terminal:
    """A reader's shell: its folder and variables are kept from command to command."""

    def __init__(self, folder, environment):
        self._folder = folder
        self._state = folder / ".state"
        self._state.write_text(f"cd {shlex.quote(str(folder))}\n", encoding="utf-8")
        self._environment = environment

    def run(self, command):
        keep = f'code=$?; {{ export -p; echo "cd $(printf %q "$PWD")"; }} > {shlex.quote(str(self._state))}; exit $code'
        master, slave = pty.openpty()
        shell = subprocess.Popen(
            ["bash", "-c", f"source {shlex.quote(str(self._state))}\n{command}\n{keep}"],
            stdin=slave, stdout=slave, stderr=slave, cwd=self._folder, env=self._environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        output = bytearray()
        try:
            while part := os.read(master, 65536):
                output += part
        except OSError:
            pass  # raised by Linux when the other end is closed
        os.close(master)
        code = shell.wait(timeout=10)
        return code, _ESCAPES.sub("", output.decode("utf-8", "replace")).replace("\r", "\n")


class Newspaper:
    """The other window, which serves the sample site."""

    def __init__(self):
        self._process = None

    def start(self, command):
        self.stop()
        arguments = shlex.split(command.rstrip(" &"))
        self._process = subprocess.Popen([sys.executable, *arguments[1:]], stdout=subprocess.PIPE)
        assert self._process.stdout.readline().startswith(b"http://")

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.communicate(timeout=10)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def pattern_of(line):
    return r"\s+".join(".*".join(map(re.escape, word.split("…"))) for word in line.split())


def check(step, code, output):
    position = 0
    for line in step.shown:
        found = re.compile(pattern_of(line)).search(output, position)
        assert found, f"$ {step.command}\nexpected: {line}\nprinted (exit {code}):\n{output}"
        position = found.end()
    assert code == 0, f"$ {step.command}\nexit {code}\n{output}"


@pytest.mark.parametrize("name", ["archivist", "researcher", "cron"])
def test_a_reader_gets_what_the_tutorial_shows(name, tmp_path):
    port = free_port()
    text = (DOCS / f"tutorial-{name}.md").read_text(encoding="utf-8")
    text = text.replace("archiver demo\n", f"archiver demo --port {PORT}\n").replace(PORT, port)
    steps = list(steps_of(text))
    assert len(steps) > 10
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVER_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "COLUMNS": "110", "TERM": "xterm"}
    terminal, newspaper = Terminal(tmp_path, environment), Newspaper()
    try:
        for step in steps:
            if step.command.startswith(NEWSPAPER):
                newspaper.start(step.command)
            else:
                check(step, *terminal.run(step.command))
    finally:
        newspaper.stop()
