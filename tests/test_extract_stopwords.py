"""jusText, trafilatura's last resort, finds the same with the stop words of the page alone as with all of them."""

# ruff: noqa: E501 - markup reads better unbroken
import pytest
from lxml.html import document_fromstring, tostring
from trafilatura import external

from archiver.extract.stopwords import stop_words_of

PAGES = {
    "English": "<p>The council of the harbor wants to widen the quay before the winter comes, and it has asked for a survey.</p>"
    * 3,
    "Spanish": "<p>El consejo del puerto quiere ampliar el muelle antes de que llegue el invierno, y ha pedido un estudio.</p>"
    * 3,
    "a word in two elements": "<p>W<b>ith</b> the survey <i>of</i>the wall a<span>nd</span> the pier in hand they went to the mayor.</p>"
    * 4,
    "links": "<p><a href=/a>The council</a> <a href=/b>of the harbor</a></p><p>What it wants is to be read in the report of the office.</p>",
}


def found(page: str) -> bytes:
    return bytes(tostring(external.try_justext(document_fromstring(f"<html><body>{page}</body></html>"), None, None)))


@pytest.mark.parametrize("name", PAGES)
def test_the_stop_words_of_the_page_find_the_same_text(name: str) -> None:
    with stop_words_of(document_fromstring(f"<html><body>{PAGES[name]}</body></html>")):
        with_own = found(PAGES[name])
    assert with_own == found(PAGES[name])


def test_the_library_s_list_is_back_afterwards() -> None:
    before = external.JT_STOPLIST
    with pytest.raises(KeyError), stop_words_of(document_fromstring("<p>The quay</p>")):
        raise KeyError
    assert external.JT_STOPLIST is before
