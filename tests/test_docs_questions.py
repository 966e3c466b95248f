"""The questions of docs/questions.md, asked of the sample site's archive."""

import re
from pathlib import Path

import pytest

QUESTIONS = re.findall(
    r"^## (\d+)\. (.+?)\n\n```sql\n(.+?)```",
    (Path(__file__).parent.parent / "docs" / "questions.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
# One day of a site tells of no edits and no losses; the second day does, in test_versions.
MAY_BE_EMPTY = {8, 9, 10}


def test_there_are_twenty():
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 21))


@pytest.mark.parametrize(("number", "question", "sql"), QUESTIONS, ids=[entry[0] for entry in QUESTIONS])
def test_a_question_has_an_answer(crawled, number, question, sql):
    _, program, _ = crawled
    assert question.endswith("?")
    assert program.rows(sql) or int(number) in MAY_BE_EMPTY
