"""The view `copies`: stories of one site that have the paragraphs of a story of another, as of a news agency."""

from __future__ import annotations

from archiver.index.schema.declare import View

LONG = 80  # characters: shorter paragraphs are said by chance
SHARED = 300  # characters that two stories have in common at least ...
SHARE = 0.5  # ... and the part of the shorter text that they are
COMMON = 50  # stories: a paragraph of more is a notice (of rights, of a subscription), and evidence of nothing

# What names an agency: an author of this name, or these words in the first or last 300 characters of the text.
_AGENCIES = {
    "AAP": ("(AAP)",),
    "AFP": ("(AFP)", "Agence France-Presse"),
    "ANSA": ("(ANSA)",),
    "AP": ("(AP)", "Associated Press"),
    "Anadolu": ("(AA)", "Anadolu Agency"),
    "Bloomberg": ("(Bloomberg)",),
    "dpa": ("(dpa)", "dpa/", "Deutsche Presse-Agentur"),
    "EFE": ("(EFE)", "Agencia EFE"),
    "Europa Press": ("(EUROPA PRESS)", "Europa Press"),
    "Kyodo": ("(Kyodo)", "Kyodo News"),
    "PA": ("(PA)", "PA Media"),
    "PTI": ("(PTI)",),
    "Reuters": ("(Reuters)", "REUTERS", "Reuters"),
    "TASS": ("/TASS/", "(TASS)"),
    "UPI": ("(UPI)",),
    "Xinhua": ("(Xinhua)", "Xinhua"),
    "Yonhap": ("(Yonhap)",),
}
_NAMED = ",\n  ".join(f"('{name}', '{words}')" for name, marks in _AGENCIES.items() for words in marks)
# Who was first: by the day and then the moment that the pages state, else by the first capture.
_FIRST = "coalesce({0}.date, substr({0}.first_seen, 1, 10)), coalesce({0}.date_published, {0}.first_seen), {0}.id"

_SELECT = f"""
WITH agencies(name, words) AS (VALUES
  {_NAMED}),
told AS (
  SELECT hash FROM blocks WHERE length >= {LONG} GROUP BY hash
  HAVING count(DISTINCT article_id) BETWEEN 2 AND {COMMON}),
held AS (
  SELECT b.hash, b.article_id, max(b.length) AS length
  FROM told JOIN blocks b ON b.hash = told.hash JOIN articles a ON a.id = b.article_id AND a.versions = b.version
  WHERE b.kind = 'paragraph' GROUP BY b.hash, b.article_id),
pairs AS (
  SELECT x.article_id AS one, y.article_id AS other, count(*) AS blocks, sum(min(x.length, y.length)) AS characters
  FROM held x JOIN held y ON y.hash = x.hash AND y.article_id > x.article_id
  GROUP BY x.article_id, y.article_id HAVING characters >= {SHARED}),
ordered AS (
  SELECT CASE WHEN is_first THEN other ELSE one END AS copy, CASE WHEN is_first THEN one ELSE other END AS original,
    blocks, characters
  FROM (SELECT p.*, ({_FIRST.format("s")}) < ({_FIRST.format("t")}) AS is_first FROM pairs p
    JOIN articles s ON s.id = p.one JOIN articles t ON t.id = p.other
    WHERE s.site != t.site AND p.characters >= {SHARE} * min(length(s.text), length(t.text))))
SELECT o.copy, c.site, c.url, o.original, f.site, f.url,
  round(min(1.0, o.characters * 1.0 / length(c.text)), 3), round(min(1.0, o.characters * 1.0 / length(f.text)), 3),
  o.blocks, o.characters,
  (SELECT min(g.name) FROM agencies g WHERE EXISTS (SELECT 1 FROM articles n WHERE n.id IN (o.copy, o.original) AND (
    instr(substr(n.text, 1, 300), g.words) OR instr(substr(n.text, -300), g.words)
    OR EXISTS (SELECT 1 FROM json_each(n.authors) j WHERE j.value = g.name OR instr(j.value, g.words)))))
FROM ordered o JOIN articles c ON c.id = o.copy JOIN articles f ON f.id = o.original"""  # noqa: S608 - constants

COPIES = View(
    "copies",
    f"Pairs of stories of different sites that share paragraphs word for word: at least {SHARED} characters and half "
    f"of the shorter text, in paragraphs of {LONG} characters or more that at most {COMMON} stories have. Case and "
    "spacing don't count. Of three that are alike there are three pairs. It is computed when it is asked: "
    "some seconds for 100,000 stories.",
    (
        ("article_id", "The story that came later."),
        ("site", "Its site."),
        ("url", "Its canonical URL."),
        ("copy_of", "The story that came first: by the day that the pages state, else by the first capture."),
        ("copy_of_site", "Its site."),
        ("copy_of_url", "Its canonical URL."),
        ("share", "How much of the later text the shared paragraphs are, from 0 to 1."),
        ("share_of_first", "How much of the first text they are."),
        ("blocks", "How many paragraphs are shared."),
        ("characters", "How long these are together."),
        ("agency", "The news agency that one of the two names as its author, or at its beginning or end; else NULL."),
    ),
    _SELECT,
)
