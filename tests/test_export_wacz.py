"""WACZ in other programs: py-wacz finds it valid, warcio finds every record complete."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from archiver.samplesite import stories

PYWACZ = "wacz==0.6.0"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def validate():
    """The result of py-wacz's validation. It has thirty dependencies, so it runs in a separate environment."""
    folder = Path(sys.prefix) / "wacz"
    python, mark = folder / "bin" / "python", folder / "installed.txt"
    if not mark.exists():
        venv.create(folder, with_pip=True, clear=True)
        run = subprocess.run(
            [python, "-m", "pip", "install", "-q", PYWACZ], capture_output=True, text=True, check=False
        )
        if "No matching distribution" in run.stderr:
            pytest.skip("the package index can't be reached")
        assert run.returncode == 0, run.stderr
        mark.write_text(PYWACZ)

    def verdict(path):
        run = subprocess.run(
            [python, "-m", "wacz.main", "validate", "-f", path], capture_output=True, text=True, check=False
        )
        return run.returncode, run.stdout + run.stderr

    return verdict


@pytest.fixture(scope="module")
def package(crawled, tmp_path_factory):
    _, program, _ = crawled
    path = tmp_path_factory.mktemp("package") / "all.wacz"
    program.run("export", path)
    return path


def test_py_wacz_finds_it_valid(validate, package):
    code, said = validate(package)
    assert code == 0, said
    assert "Validation succeeded" in said


def test_py_wacz_finds_a_changed_one_invalid(validate, package, tmp_path):
    """Otherwise the test above would prove nothing."""
    changed = tmp_path / "changed.wacz"
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, data.replace(b"ferry", b"fairy") if "pages" in info.filename else data)
    code, said = validate(changed)
    assert (code, "Validation succeeded" in said) != (0, True), said


def test_its_pages_have_their_text(package):
    with zipfile.ZipFile(package) as archive:
        head, *pages = (json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines())
    assert head["hasText"] is True
    assert len(pages) == len(stories())
    assert all(len(page["text"]) > 100 and page["title"] and page["url"] and page["ts"] for page in pages)


def test_warcio_finds_its_records_whole(package, tmp_path):
    with zipfile.ZipFile(package) as archive:
        warc = Path(archive.extract("archive/data.warc.gz", tmp_path))
    run = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", "-v", warc], capture_output=True, text=True, check=False
    )
    # It computes the payload digest of a chunked response over the chunks as sent, which is not what WARC 1.1 defines.
    failed = [line for line in run.stdout.splitlines() if "fail" in line]
    assert all("payload digest failed" in line for line in failed), failed
    assert run.stdout.count("digest pass") > len(stories())
    assert run.stderr == ""
