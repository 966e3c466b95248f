"""Unknown or invalid parameters in a page's URL are reported, with status 400 and without results."""

import re

import pytest

from archiver.index.database import open_writer
from archiver.index.ingest.batch import apply
from archiver.model import Batch
from archiver.serve.parameters import ANY, DAY, Problem, read
from index_samples import article, seen
from test_serve import links, serving, shown
from test_serve_desk import ALPHA, fill


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("parameters") / "index.db"
    ids = fill(path)
    with serving() as serve:
        yield serve(path, ids)


def told(page):
    """The problems that a page shows."""
    (alert,) = re.findall(r'<div class="problem" id="problem" role="alert">(.*?)</div>', page, re.S)
    return [shown(line) for line in re.findall(r"<p>(.*?)</p>", alert, re.S)]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("q=port&sites=alpha", "This page has no parameter “sites”. Did you mean “site”?"),
        ("q=port&q=ferry", "q is given several times with different values. Give it once."),
        ("q=port&since=2026-02-30", "since: “2026-02-30” is not a date. Write it as 2024, 2024-05 or 2024-05-17."),
        ("q=port&until=last+year", "until: “last year” is not a date. Write it as 2024, 2024-05 or 2024-05-17."),
        ("q=port&since=2026-05&until=2026-04", "The period is empty: 2026-05 is after 2026-04. Swap the two dates."),
        ("q=port&stem=yes", "stem: “yes” is not possible. Possible values: 1, on."),
        ("q=port&sort=newest", "sort: “newest” is not possible. Possible values: relevance, date."),
        ("q=port&plot=bars", "plot: “bars” is not possible. Possible values: share."),
        ("q=port&page=501", "page: “501” is not a number from 1 to 500."),
        ("q=port&site=alhpa", "There is no site “alhpa” in this archive. Did you mean “alpha”?"),
        ("q=port+site:alhpa", "There is no site “alhpa” in this archive. Did you mean “alpha”?"),
        ("q=port&site=www.alpha.test", "There is no site “www.alpha.test” in this archive. Did you mean “alpha”?"),
        ("q=port&language=xx", "No story is in the language “xx”."),
        ("q=port+lang:xx", "No story is in the language “xx”."),
        ("q=port&lang=ar", "lang: these pages have no language “ar” (only: en, es). For the language of the stories "
         "use the filter language."),
    ],
)  # fmt: skip
def test_a_search_with_an_invalid_parameter_finds_nothing_and_says_why(reader, query, problem):
    page = reader.page(f"/?{query}", status=400)
    assert told(page) == [problem]
    assert "Nothing was searched." in page and "No results" not in page
    assert '<ol class="hits"' not in page and "<code>" not in page


def test_all_problems_of_a_url_are_reported_together_also_in_spanish(reader):
    assert len(told(reader.page("/?since=x&until=y&sort=z", status=400))) == 3
    page = reader.page("/?since=x&lang=es", status=400)
    assert told(page)[0].startswith("since: “x” no es una fecha") and "No se buscó nada." in page


def test_parameters_that_others_append_to_a_shared_link_change_nothing(reader):
    assert "2 stories" in shown(reader.page("/?q=port+OR+harbour&utm_source=mail&fbclid=abc"))


def test_a_url_without_empty_fields_keeps_repeated_parameters(reader):
    answer = reader.ask("/?q=port&q=ferry&site=", follow_redirects=False)
    assert answer.headers["location"] == "/?q=port&q=ferry"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("q=port&by=sites", "by: “sites” is not possible."),
        ("q=port&count=yes", "count: “yes” is not possible."),
        ("q=port&sort=date", "This page has no parameter “sort”."),
        ("q=port&since=yesterday", "since: “yesterday” is not a date."),
        ("q=a&q=b&q=c&q=d&q=e", "q is given 5 times. 4 are possible."),
        ("q=port&q=ferry+site:alhpa", "There is no site “alhpa” in this archive."),
    ],
)
def test_a_comparison_with_an_invalid_parameter_compares_nothing(reader, query, problem):
    page = reader.page(f"/trends?{query}", status=400)
    assert told(page)[0].startswith(problem)
    assert "<polyline" not in page and "<tbody>" not in page and "<code>" not in page


def test_a_comparison_by_site_has_a_row_for_each_site(reader):
    page = reader.page("/trends?q=port+OR+harbour&q=ferry&by=site")
    rows = [shown(row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)]
    assert rows[1:] == ["alpha 1 1 100% 0 0%", "beta.test 1 1 100% 0 0%", "gamma.test 1 0 0% 1 100%"]
    assert rows[0].startswith("site All stories") and "<polyline" not in page and "--by=site" in page


def test_a_comparison_counts_stories_without_a_date_in_a_separate_row(tmp_path):
    items = [
        seen(number, url=url, outcome=article(url, "A port.", date_published=day))
        for number, (url, day) in enumerate((("https://a.test/1", "2026-02-01"), ("https://a.test/2", None)), 1)
    ]
    with open_writer(tmp_path / "index.db", throwaway=True) as db:
        apply(db, Batch("a.warc.gz", 1, tuple(items)))
    with serving() as serve:
        page = serve(tmp_path / "index.db").page("/trends?q=port&by=year")
    rows = [shown(row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)]
    assert rows[1:] == ["no date 1 1 100%", "2026 1 1 100%"] and page.count("<polyline") == 1


def test_a_long_comparison_states_how_many_rows_it_leaves_out(reader, monkeypatch):
    monkeypatch.setattr("archiver.serve.trends_page._ROWS", 2)
    assert "The first 2 of 3 rows." in reader.page("/trends?q=port&by=site")


def test_a_comparison_keeps_filters_without_a_field_and_reports_plain_words(reader):
    page = reader.page("/trends?q=(port&edited=1&section=")
    assert '<input type="hidden" name="edited" value="1">' in page and "Active filters: Edited" in shown(page)
    assert "?q=%28port&by=month" in links(page) and "brackets are ignored" in page


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/changes?sites=alpha", "This page has no parameter “sites”. Did you mean “site”?"),
        ("/changes?page=x", "page: “x” is not a number from 1 to 200."),
        ("/changes.atom?page=2", "This page has no parameter “page”."),
        ("/copies?q=port", "This page has no parameter “q”."),
        ("/copies?page=0", "page: “0” is not a number from 1 to 200."),
        ("/sites?name=alpha", "This page has no parameter “name”."),
        ("/story/{id}?version=x", "version: “x” is not a number from 1 to 1000000."),
        ("/story/{id}?v=1", "This page has no parameter “v”."),
        ("/story/{id}/diff?from=first", "from: “first” is not a number from 1 to 1000000."),
        ("/story/{id}/cite.bib?version=-1", "version: “-1” is not a number from 1 to 1000000."),
    ],
)
def test_a_page_reports_an_invalid_parameter(reader, path, problem):
    page = reader.page(path.format(id=reader.ids[ALPHA]), status=400)
    assert told(page) == [problem] and "This address can’t be used" in page


@pytest.mark.parametrize(
    "path", ["/changes?site=alhpa", "/changes.atom?site=alhpa", "/copies?site=alhpa", "/sites?site=a"]
)
def test_an_unknown_site_has_no_page(reader, path):
    assert "There is no such site" in reader.page(path, status=404)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("fl=urlkey", "no parameter “fl”"),
        ("limit=all", "limit: “all” is not a number"),
        ("limit=0", "limit: “0” is not a number"),
        ("offset=-1", "offset=-1 is not a number"),
        ("output=text", "output: “text” is not possible"),
        ("matchType=domain", "matchType: “domain” is not possible"),
        ("closest=2026x", "2026x is not a timestamp"),
        ("closest=2026&matchType=prefix", "closest= needs matchType=exact"),
        ("filter=!status:200", "write status:200 or mime:text/html"),
        ("from=2026&from=2027", "from is given several times"),
    ],
)
def test_the_cdx_api_refuses_unsupported_parameters(reader, query, problem):
    answer = reader.ask(f"/cdx?url={ALPHA}&{query}")
    assert answer.status_code == 400 and problem in answer.text and answer.text.count("\n") == 1


def test_the_cdx_api_applies_every_filter_that_is_given_and_keeps_them_in_its_next_link(reader):
    def lines(query):
        answer = reader.ask(f"/cdx?url=gamma.test&matchType=host&{query}")
        return answer, answer.text.splitlines()

    assert len(lines("filter=status:503")[1]) == 3
    assert lines("filter=status:503&filter=mime:text/plain")[1] == []
    first, one = lines("filter=status:503&filter=status:503&limit=1")
    rest = reader.ask(re.search(r"<([^>]*)>", first.headers["link"])[1])
    assert len(one) == 1 and rest.text.count("\n") == 1 and "filter=status%3A503&filter=status%3A503" in str(rest.url)


def test_parameters_are_read_by_their_kinds():
    given = read("q=+a+&q=b&day=2024-05&n=007&empty=&lang=es", {"q": ANY, "day": DAY, "n": 9}, {"q": 2})
    assert given.lists == {"q": ("a", "b")} and given.values["day"] == "2024-05" and given.number("n", 1) == 7
    assert given.problems == () and "empty" not in given.values
    assert read("n=10", {"n": 9}).problems == (Problem("bad_number", "n", "10", "9"),)
