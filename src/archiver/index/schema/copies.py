"""The views of related stories: copies on several sites, such as those of a news agency, and all relations of a
story."""

from __future__ import annotations

from archiver.index.schema.declare import View
from archiver.index.schema.likeness import LONG, SHARE, SHARED

MARKS = 3  # shared at least, or both marks of one paragraph: single marks sometimes agree by chance
COMMON = 50  # occurrences: a more frequent paragraph is a notice (of rights, of a subscription), and no evidence

# The first story: by the day and then the time that the pages state, else by the first capture.
_FIRST = "coalesce({0}.date, substr({0}.first_seen, 1, 10)), coalesce({0}.date_published, {0}.first_seen), {0}.id"
# Of the paragraphs of story {0} that are identical in story {1}.
_SAME = """(SELECT {what} FROM blocks b WHERE b.article_id = {0}.id AND b.version = {0}.versions{only}
    AND EXISTS (SELECT 1 FROM blocks s WHERE s.article_id = {1}.id AND s.version = {1}.versions AND s.hash = b.hash))"""
# The same for those too short to be marked.
_SHORT = f" AND b.length < {LONG}"
_SHORT_SAME = _SAME.format("c", "f", what="count(*)", only=_SHORT)


def _characters(story: str, other: str) -> str:
    """The characters of a story in paragraphs that are similar in another one; {0}: those of the marked ones."""
    return "{0} + " + _SAME.format(story, other, what="coalesce(sum(b.length), 0)", only=_SHORT)


def _share(story: str, characters: str) -> str:
    text = f"length(replace({story}.text, char(10, 10), ''))"
    return f"iif(c.text_sha256 = f.text_sha256, 1.0, round(min(1.0, ({characters}) * 1.0 / {text}), 3))"


def select(marks: str | None = None) -> str:
    """The pairs of stories that share marks. `marks`, a SELECT, restricts them, for example to one story."""
    only = f" WHERE mark IN ({marks})" if marks else ""
    return f"""
WITH fresh AS MATERIALIZED (SELECT mark, article_id, position, length FROM new_marks{only}),
told AS MATERIALIZED (
  SELECT mark FROM block_marks{only} GROUP BY mark
  HAVING count(*) BETWEEN 2 AND {COMMON} AND mark NOT IN (SELECT mark FROM fresh)
  UNION ALL
  SELECT mark FROM fresh GROUP BY mark
  HAVING count(*) + (SELECT count(*) FROM block_marks b WHERE b.mark = fresh.mark) BETWEEN 2 AND {COMMON}),
marked AS MATERIALIZED (
  SELECT b.mark, b.article_id, b.position, b.length FROM told t CROSS JOIN block_marks b ON b.mark = t.mark
  UNION ALL
  SELECT * FROM fresh WHERE mark IN (SELECT mark FROM told)),
alike AS (
  SELECT x.article_id AS one, y.article_id AS other, x.position, x.length, count(DISTINCT x.mark) AS marks
  FROM marked x CROSS JOIN marked y ON y.mark = x.mark AND y.article_id != x.article_id
  GROUP BY 1, 2, 3),
parts AS MATERIALIZED (
  SELECT one, other, sum(position >= 0) AS blocks, sum(iif(position >= 0, length, 0)) AS characters,
    min(position) < 0 AS whole
  FROM alike GROUP BY 1, 2 HAVING whole OR (characters >= {SHARED} AND (sum(marks) >= {MARKS} OR max(marks) > 1)))
SELECT c.id AS article_id, c.site, c.url, f.id AS copy_of, f.site, f.url,
  {_share("c", _characters("c", "f").format("p.characters"))},
  {_share("f", _characters("f", "c").format("coalesce(q.characters, p.characters)"))},
  p.blocks + {_SHORT_SAME}, {_SAME.format("c", "f", what="count(*)", only="")},
  {_characters("c", "f").format("p.characters")},
  (SELECT min(g.agency) FROM agencies g WHERE g.article_id IN (c.id, f.id))
FROM parts p
JOIN articles c ON c.id = p.one JOIN articles f ON f.id = p.other
LEFT JOIN parts q ON q.one = p.other AND q.other = p.one
WHERE c.site != f.site AND ({_FIRST.format("f")}) < ({_FIRST.format("c")})
  AND (p.characters >= {SHARE} * min(length(c.text), length(f.text)) OR c.text_sha256 = f.text_sha256)"""  # noqa: S608 - constants


def _among(found: str) -> str:
    marks = " UNION ALL ".join(
        f"SELECT mark FROM {table} WHERE article_id IN ({found})"  # noqa: S608 - constants
        for table in ("block_marks", "new_marks")
    )
    pairs = f"SELECT article_id FROM ({select(marks)}) WHERE article_id IN ({found}) AND copy_of IN ({found})"  # noqa: S608
    return f"WITH found AS MATERIALIZED (SELECT value FROM json_each(?)) SELECT DISTINCT article_id FROM ({pairs})"  # noqa: S608


# Of the stories whose IDs are in a JSON array, those that are copies of others of them.
COPIES_AMONG = _among("SELECT value FROM found")

COPIES = View(
    "copies",
    f"Pairs of stories of different sites that share paragraphs, word for word or edited: at least {SHARED} characters "
    f"and half of the shorter text, in paragraphs of {LONG} characters or more that occur at most {COMMON} times. "
    f"Equal texts of {LONG} characters or more are always a pair. Similar paragraphs are those with the same longest "
    "words (`block_marks`), and shorter ones that are identical. Three similar stories make three pairs. "
    "The view is computed at query time: about two seconds for 100,000 stories.",
    (
        ("article_id", "The story that came later."),
        ("site", "Its site."),
        ("url", "Its canonical URL."),
        ("copy_of", "The story that came first: by the date stated on the pages, otherwise by the first capture."),
        ("copy_of_site", "Its site."),
        ("copy_of_url", "Its canonical URL."),
        (
            "share",
            "Share of the later text's characters that are in similar paragraphs, from 0 to 1; 1 for equal texts. An "
            "edited paragraph counts whole.",
        ),
        ("share_of_first", "Share of the first text's characters that are in similar paragraphs, in the same way."),
        ("blocks", "Number of similar paragraphs of the later text."),
        ("same_blocks", "Number of its paragraphs that are identical in the first text, ignoring case and spacing."),
        ("characters", "Total length of the similar paragraphs."),
        ("agency", "The news agency that one of the two names as its author, or at its start or end; otherwise NULL."),
    ),
    select(),
)

CHAINS = View(
    "story_chains",
    "Everything related to a story: the story that it translates or copies, and its own other URLs and "
    "IDs. With `WHERE kind = ...` only that kind is computed.",
    (
        ("article_id", "The story."),
        (
            "kind",
            "translation; copy; page (a further page of a story with several pages); renamed (a URL that redirects to "
            "the story's); address (another URL: mirrored, spelled differently); number (a former ID).",
        ),
        ("other_id", "The story that it translates or copies; for a number, that ID; else NULL."),
        ("other_url", "The URL of that story, or the story's own other URL."),
        ("why", "The evidence: languages, share of the text and agency, or why the URL belongs to this story."),
    ),
    """
SELECT t.id, 'translation', o.id, o.url, coalesce(o.language, '?') || ' to ' || coalesce(t.language, '?')
FROM articles t JOIN articles o ON o.id = t.translation_of
UNION ALL
SELECT article_id, 'copy', copy_of, copy_of_url,
  'share ' || share || ', same paragraphs ' || same_blocks || ' of ' || blocks || coalesce(', ' || agency, '')
FROM copies
UNION ALL
SELECT article_id, CASE why WHEN 'page' THEN 'page' WHEN 'redirect' THEN 'renamed' ELSE 'address' END, NULL, url, why
FROM story_addresses
UNION ALL
SELECT id, 'number', old_id, NULL, 'former number' FROM former_ids""",
)
