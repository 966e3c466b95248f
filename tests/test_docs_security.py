"""docs/security.md names the test that holds each promise: the tests are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", (ROOT / "docs/security.md").read_text("utf-8"))))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_holds_a_promise_is_there(file, name):
    text = (ROOT / "tests" / file).read_text("utf-8")
    assert not name or f"def {name}(" in text
