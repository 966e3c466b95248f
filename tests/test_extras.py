"""Hints name the distribution to install by its own name, never another project's."""

import re
from pathlib import Path

import pytest

from archiver.extras import install_hint

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(("extra", "package"), [("web", "datasette"), ("parquet", "pyarrow"), ("pandas", "pandas"),
                                                 ("render", "playwright"), ("mcp", "mcp"), ("s3", "s3fs")])  # fmt: skip
def test_a_hint_names_the_packages_of_an_extra(extra, package):
    assert re.match(rf"pip install '{package}[>=~]", install_hint(extra))


def test_no_text_tells_users_to_install_the_other_project_archiver():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*"), *(ROOT / "src").rglob("*.py")]:
        if path.is_file() and path.suffix in (".md", ".py", ".ipynb"):
            assert not re.search(r"install '?archiver\b", path.read_text(encoding="utf-8")), path
