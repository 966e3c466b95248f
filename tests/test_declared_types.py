"""The types that a page declares in JSON-LD mean the same while it is crawled and while it is extracted."""

import json

import pytest

from archiver.crawl.signs.storylike import head_declares_story
from archiver.declared_types import LIST_TYPES, STORY_TYPES, are_of_list
from archiver.extract.jsonld import article_node, page_nodes, types_of

ONE_STORY = [
    *({"@type": name} for name in sorted(STORY_TYPES - {"review"})),
    {"@type": ["NewsArticle", "Thing"]},
    {"@type": ["Thing", "Recipe"]},
    {"@type": "https://schema.org/NewsArticle"},
    {"@type": "schema:BlogPosting"},
]


def declared_in_crawl(*nodes):
    page = f'<head><script type="application/ld+json">{json.dumps(nodes)}</script></head>'
    return head_declares_story(page.encode())


@pytest.mark.parametrize("node", ONE_STORY, ids=lambda node: str(node["@type"]))
def test_a_type_of_story_is_one_for_crawl_and_extraction(node):
    assert declared_in_crawl(node)
    assert article_node(page_nodes([json.dumps(node)])) == node


@pytest.mark.parametrize("name", sorted(LIST_TYPES))
def test_a_type_of_list_is_one_for_crawl_and_extraction(name):
    assert not declared_in_crawl({"@type": name, "mainEntity": {"@type": "NewsArticle"}})
    assert are_of_list(types_of({"@type": name}))


def test_a_story_with_a_list_of_related_stories_is_a_story():
    related = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": "/a"}]}
    assert declared_in_crawl({"@type": "NewsArticle"}, related)


def test_a_story_with_its_recipe_and_reviews_is_one_story():
    reviews = [{"@type": "Review"}] * 3
    assert declared_in_crawl({"@type": "Article"}, {"@type": "Recipe", "review": reviews})
    assert not declared_in_crawl({"@type": "Product", "review": reviews})


def test_several_nodes_of_one_type_are_entries_of_a_list():
    assert not declared_in_crawl({"@type": "Article"}, {"@type": "Article"})
