"""docs/security.md names a test for each guarantee and each kind of bad input: checks that the tests exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_of_each_guarantee_exists(file, name):
    text = (ROOT / "tests" / file).read_text("utf-8")
    assert not name or f"def {name}(" in text


def test_each_of_the_111_kinds_of_bad_input_has_its_test():
    rows = re.findall(r"^\| B(\d+) \| ([^|]+) \| ([^|]+) \| `test_\w+\.py::\w+` \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 112))
    assert len({what for _, what, _ in rows}) == 111
