"""A lower limit for the quality of extraction on annotated pages, if a corpus is present. Never lowered silently."""

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trafilatura

from archiver.extract.jsonl import extract_line

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
# Measured on this sample, with a tolerance of about one page.
FLOORS = {"text": 0.935, "title": 0.78, "authors": 0.68, "date": 0.84}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CORPUS / "ground-truth.json").exists(), reason="the corpus isn't here"),
]


@pytest.fixture(scope="module")
def sample():
    truth = json.loads((CORPUS / "ground-truth.json").read_text("utf-8"))
    keys = sorted(truth)[::5]
    pages = [
        gzip.decompress((CORPUS / "html" / f"{key}.html.gz").read_bytes()).decode("utf-8", "replace") for key in keys
    ]
    return [
        (truth[key], page, extract_line({"url": truth[key]["url"], "html": page}, NOW))
        for key, page in zip(keys, pages, strict=True)
    ]


def word_f1(found: str, expected: str) -> float:
    a, b = Counter(re.findall(r"\w+", found.lower())), Counter(re.findall(r"\w+", expected.lower()))
    common = sum((a & b).values())
    return 2 * common / (sum(a.values()) + sum(b.values())) if common else float(not a and not b)


def folded(text: str | None) -> str:
    return " ".join((text or "").split())


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def test_text_is_better_than_with_plain_trafilatura(sample):
    ours = mean(word_f1(found["text"], truth["text"]) for truth, _, found in sample)
    alone = mean(
        word_f1(trafilatura.extract(page, include_comments=False) or "", truth["text"]) for truth, page, _ in sample
    )
    assert ours > alone
    assert ours > FLOORS["text"]


def test_metadata_stays_above_its_limits(sample):
    title = mean(folded(found["title"]) == folded(truth["title"]) for truth, _, found in sample if truth.get("title"))
    date = mean((found["date"] or "")[:10] == truth["date"][:10] for truth, _, found in sample if truth.get("date"))
    authors = mean(
        set(map(folded, found["authors"])) == set(map(folded, truth["authors"]))
        for truth, _, found in sample
        if truth.get("authors")
    )
    assert title > FLOORS["title"]
    assert date > FLOORS["date"]
    assert authors > FLOORS["authors"]
