"""Whether a crawl counts a URL as a story: one decision, with its reason."""

import json
from dataclasses import replace

import pytest

from archiver.crawl.report.fetchlog import FetchLog
from archiver.crawl.signs.page_kind import (
    PageEvidence,
    has_text_of_story,
    is_story_like_wall,
    kind_of,
    kind_of_target,
    kind_when_judged_again,
    kind_when_listed,
    sign_when_queued,
)
from archiver.crawl.signs.sketch import PageSketch
from archiver.frontier import Task
from archiver.layout import Site

URL = "https://town.example/quarry"
TASK = Task(1, URL, "quarry", "page", 1, 0, 0, None)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
TEXT = "".join(
    f"<p>On {day} the quarry above the town stayed closed, because its owner had not paid the men for a month.</p>"
    for day in DAYS
).encode()
DATED = b'<meta property="article:published_time" content="2026-05-01">' + TEXT
LIST = b"".join(b"<h2><a href=/%d>A headline</a></h2>" % number + TEXT for number in range(3))


def evidence(body=TEXT, task=TASK, **known):
    return PageEvidence(task, PageSketch(task.url, body), **known)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (evidence(), ("page", None)),
        (evidence(DATED), ("article", "declared")),
        (evidence(DATED, has_rule=True), ("page", None)),
        (evidence(one_of_many=True), ("article", "alike")),
        (evidence(LIST, one_of_many=True), ("page", None)),
        (evidence(behind_story=True), ("article", "redirected")),
        (evidence(b"<p>short</p>", behind_story=True), ("page", None)),
        (evidence(DATED, replace(TASK, url="https://town.example/en/")), ("page", None)),
        (evidence(DATED, replace(TASK, kind="seed")), ("seed", None)),
        (evidence(LIST, replace(TASK, kind="article")), ("article", None)),
    ],
)
def test_the_page_decides_only_without_stronger_evidence(found, kind):
    assert kind_of(found) == kind


@pytest.mark.parametrize(
    ("url", "rule", "kind", "sign"),
    [
        (URL, "quarry", "article", "rule"),
        ("https://town.example/2026/05/01/the-quarry-above-the-town-is-closed", None, "article", "address"),
        (URL, None, "article", "feed"),
        (URL, None, "page", None),
    ],
)
def test_a_queued_story_has_the_reason_why_it_was_queued(url, rule, kind, sign):
    site = Site("town", ("town.example",), article_url=rule)
    assert sign_when_queued(site, replace(TASK, url=url, kind=kind)) == sign


def test_a_known_kind_survives_new_rules_redirects_and_feeds():
    kinds = ("article", "page", "seed", "exact")
    assert [kind_when_judged_again(kind, "page", has_rule=False) for kind in kinds] == [*kinds]
    assert [kind_when_judged_again(kind, "page", has_rule=True) for kind in kinds] == ["page", *kinds[1:]]
    assert [kind_of_target(kind, "page") for kind in ("seed", "exact", "article")] == ["seed", "exact", "page"]
    assert [kind_when_listed(kind, listed_as_story=True) for kind in ("seed", "page")] == ["seed", "article"]


def test_each_link_requires_more_text_and_a_first_wall_requires_a_declaration():
    assert has_text_of_story(800, 0) and not has_text_of_story(800, 1) and has_text_of_story(950, 1)
    assert is_story_like_wall(PageSketch(URL, DATED), 900, met_wall=False)
    assert not is_story_like_wall(PageSketch(URL, TEXT), 900, met_wall=False)
    assert is_story_like_wall(PageSketch(URL, TEXT), 900, met_wall=True)


def test_the_log_has_the_reason_why_a_page_is_a_story(tmp_path):
    log = FetchLog(tmp_path / "log.jsonl")
    log.write(TASK, "done", status=200, story_by="declared")
    log.close()
    assert json.loads((tmp_path / "log.jsonl").read_text())["story_by"] == "declared"


def test_a_story_whose_text_a_script_repeats_is_not_a_list():
    linked = b"<h2><a href=https://sponsor.example/>A headline</a></h2>" + TEXT
    assert not PageSketch(URL, linked + b"<script>state = '" + linked + b"'</script>").lists_stories
    assert PageSketch(URL, linked * 2).lists_stories
