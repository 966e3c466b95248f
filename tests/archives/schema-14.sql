CREATE TABLE "articles" (
  "id" INTEGER PRIMARY KEY,
  "surt" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "site" TEXT NOT NULL,
  "section" TEXT,
  "title" TEXT NOT NULL,
  "description" TEXT,
  "text" TEXT NOT NULL,
  "language" TEXT,
  "translation_of" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
  "authors" TEXT NOT NULL,
  "tags" TEXT NOT NULL,
  "date_published" TEXT,
  "date_published_source" TEXT,
  "date_published_raw" TEXT,
  "date_modified" TEXT,
  "date" TEXT,
  "month" TEXT,
  "year" INTEGER,
  "image_url" TEXT,
  "is_accessible_for_free" INTEGER,
  "page_type" TEXT NOT NULL,
  "word_count" INTEGER NOT NULL,
  "text_sha256" TEXT NOT NULL,
  "versions" INTEGER NOT NULL,
  "first_seen" TEXT NOT NULL,
  "last_seen" TEXT NOT NULL,
  "last_changed" TEXT NOT NULL,
  "status" TEXT NOT NULL CHECK (status IN ('live', 'gone')),
  "extractor" TEXT NOT NULL,
  "capture_id" INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED,
  "standfirst" TEXT
);;
CREATE UNIQUE INDEX articles_surt ON articles(surt);;
CREATE INDEX articles_date ON articles(date);;
CREATE INDEX articles_site ON articles(site, date);;
CREATE INDEX articles_language ON articles(language, date);;
CREATE INDEX articles_facets ON articles(id, date, site, language, section, month, year, status, versions);;
CREATE INDEX articles_translation ON articles(translation_of) WHERE translation_of IS NOT NULL;;
CREATE INDEX articles_capture ON articles(capture_id);;
CREATE TABLE "captures" (
  "id" INTEGER PRIMARY KEY,
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
  "crawl_id" TEXT REFERENCES crawls(id) DEFERRABLE INITIALLY DEFERRED,
  "site" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "canonical_url" TEXT NOT NULL,
  "surt" TEXT NOT NULL,
  "page" INTEGER NOT NULL,
  "redirect_url" TEXT,
  "fetched_at" TEXT NOT NULL,
  "http_status" INTEGER,
  "mime" TEXT,
  "payload_digest" TEXT,
  "record_type" TEXT NOT NULL,
  "payload_id" INTEGER,
  "refers_to_url" TEXT,
  "refers_to_date" TEXT,
  "warc_file" TEXT NOT NULL,
  "warc_offset" INTEGER NOT NULL,
  "warc_length" INTEGER NOT NULL,
  "warc_record_id" TEXT NOT NULL,
  "ip" TEXT,
  "truncated" TEXT,
  "skip_reason" TEXT,
  "skip_detail" TEXT,
  "payload_surt" TEXT NOT NULL,
  "warc_position" INTEGER,
  "refers_to_id" TEXT,
  "cdx_key" TEXT,
  "suspected" INTEGER
);;
CREATE INDEX captures_cdx_key ON captures(cdx_key, fetched_at) WHERE cdx_key IS NOT NULL;;
CREATE INDEX captures_refers_to ON captures(refers_to_id) WHERE refers_to_id IS NOT NULL;;
CREATE INDEX captures_article ON captures(article_id, fetched_at) WHERE article_id IS NOT NULL;;
CREATE INDEX captures_surt ON captures(surt, fetched_at);;
CREATE INDEX captures_page ON captures(page, fetched_at);;
CREATE INDEX captures_payloads ON captures(surt, fetched_at) WHERE record_type != 'revisit';;
CREATE INDEX captures_revisits ON captures(payload_surt) WHERE record_type = 'revisit';;
CREATE INDEX captures_skips ON captures(skip_reason) WHERE skip_reason IS NOT NULL;;
CREATE INDEX captures_crawl ON captures(crawl_id) WHERE crawl_id IS NOT NULL;;
CREATE TABLE "versions" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "version" INTEGER NOT NULL,
  "capture_id" INTEGER NOT NULL REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED,
  "seen_at" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "text_sha256" TEXT NOT NULL,
  "words_added" INTEGER NOT NULL,
  "words_removed" INTEGER NOT NULL,
  "standfirst" TEXT,
  PRIMARY KEY (article_id, version)
);;
CREATE INDEX versions_seen ON versions(seen_at);;
CREATE INDEX versions_capture ON versions(capture_id);;
CREATE TABLE "blocks" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "version" INTEGER NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "level" INTEGER NOT NULL,
  "start" INTEGER NOT NULL,
  "length" INTEGER NOT NULL,
  "link_density" REAL NOT NULL,
  "place" INTEGER NOT NULL,
  "hash" INTEGER NOT NULL,
  PRIMARY KEY (article_id, version, position)
) WITHOUT ROWID;;
CREATE INDEX blocks_hash ON blocks(hash, length);;
CREATE TABLE "removed_blocks" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "version" INTEGER NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  PRIMARY KEY (article_id, version, position)
) WITHOUT ROWID;;
CREATE TABLE "boilerplate" (
  "id" INTEGER PRIMARY KEY,
  "site" TEXT NOT NULL,
  "what" TEXT NOT NULL CHECK (what IN ('text', 'shape', 'place')),
  "hash" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  "status" TEXT NOT NULL CHECK (status IN ('learned', 'suspected', 'accepted', 'rejected')),
  "why" TEXT NOT NULL,
  "stories" INTEGER NOT NULL,
  "share" REAL NOT NULL,
  "first_seen" TEXT,
  "last_seen" TEXT,
  "decided_at" TEXT
);;
CREATE INDEX boilerplate_site ON boilerplate(site);;
CREATE TABLE "links" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "position" INTEGER NOT NULL,
  "url" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "in_story" INTEGER NOT NULL,
  PRIMARY KEY (article_id, position)
) WITHOUT ROWID;;
CREATE TABLE "images" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "position" INTEGER NOT NULL,
  "url" TEXT NOT NULL,
  "caption" TEXT,
  "credit" TEXT,
  "alt" TEXT,
  PRIMARY KEY (article_id, position)
) WITHOUT ROWID;;
CREATE TABLE "alternates" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "language" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "other_id" INTEGER NOT NULL,
  PRIMARY KEY (article_id, language, url)
) WITHOUT ROWID;;
CREATE INDEX alternates_other ON alternates(other_id);;
CREATE TABLE "shared_ids" (
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "shared_id" TEXT NOT NULL,
  PRIMARY KEY (article_id)
) WITHOUT ROWID;;
CREATE INDEX shared_ids_id ON shared_ids(shared_id);;
CREATE TABLE "hosts" (
  "host" TEXT PRIMARY KEY,
  "canonical_host" TEXT NOT NULL,
  "status" TEXT NOT NULL CHECK (status IN ('rule', 'learned', 'accepted', 'rejected')),
  "pages" INTEGER NOT NULL,
  "shared" INTEGER NOT NULL,
  "why" TEXT NOT NULL,
  "decided_at" TEXT
) WITHOUT ROWID;;
CREATE TABLE "story_addresses" (
  "surt" TEXT PRIMARY KEY,
  "article_id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
  "url" TEXT NOT NULL,
  "why" TEXT NOT NULL,
  "other_surt" TEXT NOT NULL
) WITHOUT ROWID;;
CREATE INDEX story_addresses_article ON story_addresses(article_id);;
CREATE TABLE "page_claims" (
  "surt" TEXT NOT NULL,
  "target" TEXT NOT NULL,
  "witness" TEXT NOT NULL,
  "believed" INTEGER NOT NULL,
  "why" TEXT NOT NULL,
  PRIMARY KEY (surt, target)
) WITHOUT ROWID;;
CREATE INDEX page_claims_target ON page_claims(target);;
CREATE TABLE "former_ids" (
  "old_id" INTEGER PRIMARY KEY,
  "id" INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED NOT NULL
);;
CREATE INDEX former_ids_id ON former_ids(id);;
CREATE TABLE "story_pages" (
  "host" TEXT NOT NULL,
  "page" INTEGER NOT NULL,
  "capture_id" INTEGER NOT NULL,
  "fetched_at" TEXT NOT NULL,
  "stated_host" TEXT NOT NULL,
  "stated_page" INTEGER NOT NULL,
  "target" TEXT,
  "witness" TEXT,
  "sign" INTEGER,
  PRIMARY KEY (host, page, capture_id)
) WITHOUT ROWID;;
CREATE INDEX story_pages_page ON story_pages(page);;
CREATE INDEX story_pages_stated ON story_pages(stated_page, stated_host, fetched_at);;
CREATE INDEX story_pages_target ON story_pages(target) WHERE target IS NOT NULL;;
CREATE INDEX story_pages_sign ON story_pages(sign) WHERE sign IS NOT NULL;;
CREATE TABLE "text_copies" (
  "sign" INTEGER NOT NULL,
  "surt" TEXT NOT NULL,
  PRIMARY KEY (sign, surt)
) WITHOUT ROWID;;
CREATE INDEX text_copies_surt ON text_copies(surt);;
CREATE TABLE "redirects" (
  "capture_id" INTEGER PRIMARY KEY,
  "surt" TEXT NOT NULL,
  "target" TEXT NOT NULL
);;
CREATE INDEX redirects_surt ON redirects(surt);;
CREATE INDEX redirects_target ON redirects(target);;
CREATE TABLE "host_pairs" (
  "page" INTEGER NOT NULL,
  "host" TEXT NOT NULL,
  "other" TEXT NOT NULL,
  "domain" TEXT NOT NULL,
  "same" INTEGER NOT NULL,
  PRIMARY KEY (page, host, other)
) WITHOUT ROWID;;
CREATE INDEX host_pairs_domain ON host_pairs(domain, host, other, same);;
CREATE TABLE "host_rules" (
  "host" TEXT PRIMARY KEY,
  "canonical_host" TEXT NOT NULL
) WITHOUT ROWID;;
CREATE TABLE "host_verdicts" (
  "host" TEXT PRIMARY KEY,
  "canonical_host" TEXT,
  "reason" TEXT NOT NULL,
  "at" TEXT NOT NULL
) WITHOUT ROWID;;
CREATE TABLE "warcs" (
  "name" TEXT PRIMARY KEY,
  "read_up_to" INTEGER NOT NULL,
  "warcinfo_id" TEXT
) WITHOUT ROWID;;
CREATE TABLE "damage" (
  "warc_file" TEXT NOT NULL,
  "warc_offset" INTEGER NOT NULL,
  "warc_position" INTEGER NOT NULL DEFAULT 0,
  "warc_length" INTEGER NOT NULL,
  "cause" TEXT NOT NULL,
  PRIMARY KEY (warc_file, warc_offset, warc_position)
) WITHOUT ROWID;;
CREATE TABLE "passed_over" (
  "warc_file" TEXT NOT NULL,
  "warc_offset" INTEGER NOT NULL,
  "warc_position" INTEGER NOT NULL,
  "record_type" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  PRIMARY KEY (warc_file, warc_offset, warc_position)
) WITHOUT ROWID;;
CREATE TABLE "withdrawn" (
  "address" TEXT PRIMARY KEY
) WITHOUT ROWID;;
CREATE TABLE "withheld" (
  "warc_record_id" TEXT NOT NULL,
  "fetched_at" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "warc_file" TEXT NOT NULL,
  "warc_offset" INTEGER NOT NULL,
  PRIMARY KEY (warc_record_id, fetched_at, address)
) WITHOUT ROWID;;
CREATE INDEX withheld_address ON withheld(address);;
CREATE TABLE "crawls" (
  "id" TEXT PRIMARY KEY,
  "site" TEXT,
  "started" TEXT NOT NULL,
  "finished" TEXT,
  "software" TEXT,
  "operator" TEXT,
  "robots" TEXT,
  "user_agent" TEXT,
  "settings" TEXT,
  "stop_reason" TEXT,
  "exit_code" INTEGER,
  "fetched" INTEGER,
  "stories" INTEGER,
  "pages" INTEGER,
  "bytes" INTEGER,
  "retries" INTEGER,
  "queued" INTEGER,
  "reasons" TEXT,
  "statuses" TEXT,
  "error" TEXT
) WITHOUT ROWID;;
CREATE TABLE "skipped" (
  "crawl_id" TEXT NOT NULL REFERENCES crawls(id) DEFERRABLE INITIALLY DEFERRED,
  "position" INTEGER NOT NULL,
  "url" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "found_on" TEXT,
  PRIMARY KEY (crawl_id, position)
) WITHOUT ROWID;;
CREATE INDEX skipped_url ON skipped(url);;
CREATE TABLE "searches" (
  "name" TEXT PRIMARY KEY,
  "query" TEXT NOT NULL,
  "saved_at" TEXT NOT NULL
) WITHOUT ROWID;;
CREATE TABLE "stemmer" (
  "version" TEXT PRIMARY KEY
) WITHOUT ROWID;;
CREATE TABLE "extractions" (
  "capture_id" INTEGER PRIMARY KEY REFERENCES captures(id) DEFERRABLE INITIALLY DEFERRED,
  "state" INTEGER NOT NULL,
  "surroundings" INTEGER NOT NULL,
  "extractor" TEXT NOT NULL,
  "article" BLOB NOT NULL
);;
CREATE TABLE "crawl_records" (
  "record_id" TEXT PRIMARY KEY,
  "warc_file" TEXT NOT NULL,
  "crawl_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL CHECK (kind IN ('warcinfo', 'crawl')),
  "date" TEXT NOT NULL,
  "fields" BLOB NOT NULL
);;
CREATE INDEX crawl_records_crawl ON crawl_records(crawl_id);;
CREATE TABLE "sightings" (
  "article_id" INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
  "position" INTEGER NOT NULL,
  "capture_id" INTEGER NOT NULL,
  "seen_at" TEXT NOT NULL,
  "site" TEXT NOT NULL,
  "state" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "outline" BLOB NOT NULL,
  PRIMARY KEY (article_id, position)
) WITHOUT ROWID;;
CREATE INDEX sightings_site ON sightings(site, seen_at);;
CREATE TABLE "block_uses" (
  "boilerplate_id" INTEGER NOT NULL,
  "article_id" INTEGER NOT NULL,
  PRIMARY KEY (boilerplate_id, article_id)
) WITHOUT ROWID;;
CREATE TABLE "lessons" (
  "site" TEXT NOT NULL,
  "start" TEXT NOT NULL,
  "size" INTEGER NOT NULL,
  "last_seen_at" TEXT NOT NULL,
  "last_article_id" INTEGER NOT NULL,
  "last_position" INTEGER NOT NULL,
  "findings" BLOB NOT NULL,
  PRIMARY KEY (site, start)
) WITHOUT ROWID;;
CREATE TABLE "verdicts" (
  "boilerplate_id" INTEGER PRIMARY KEY,
  "site" TEXT NOT NULL,
  "what" TEXT NOT NULL,
  "hash" INTEGER NOT NULL,
  "verdict" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "at" TEXT NOT NULL
);;
CREATE VIRTUAL TABLE articles_fts USING fts5(title, text, description, authors, tags, language, content="articles", content_rowid="id", tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'");;
CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN INSERT INTO articles_fts(rowid, title, text, description, authors, tags, language) VALUES (new.id, searchable(new.title), searchable(new.text), searchable(new.description), searchable(new.authors), searchable(new.tags), 'xlang' || new.language); END;;
CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN INSERT INTO articles_fts(articles_fts, rowid, title, text, description, authors, tags, language) VALUES ('delete', old.id, searchable(old.title), searchable(old.text), searchable(old.description), searchable(old.authors), searchable(old.tags), 'xlang' || old.language); END;;
CREATE TRIGGER articles_fts_update AFTER UPDATE ON articles WHEN old.title IS NOT new.title OR old.text IS NOT new.text OR old.description IS NOT new.description OR old.authors IS NOT new.authors OR old.tags IS NOT new.tags OR old.language IS NOT new.language BEGIN INSERT INTO articles_fts(articles_fts, rowid, title, text, description, authors, tags, language) VALUES ('delete', old.id, searchable(old.title), searchable(old.text), searchable(old.description), searchable(old.authors), searchable(old.tags), 'xlang' || old.language); INSERT INTO articles_fts(rowid, title, text, description, authors, tags, language) VALUES (new.id, searchable(new.title), searchable(new.text), searchable(new.description), searchable(new.authors), searchable(new.tags), 'xlang' || new.language); END;;
CREATE TABLE "word_forms" (
  "language" TEXT NOT NULL,
  "stem" TEXT NOT NULL,
  "word" TEXT NOT NULL,
  PRIMARY KEY (language, stem, word)
) WITHOUT ROWID;;
CREATE TRIGGER word_forms_insert AFTER INSERT ON articles BEGIN INSERT INTO word_forms (language, stem, word) SELECT new.language, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') FROM json_each(stems(new.language, new.title, new.text, new.description)) j WHERE 1 ON CONFLICT DO NOTHING; END;;
CREATE TRIGGER word_forms_update AFTER UPDATE ON articles WHEN old.title IS NOT new.title OR old.text IS NOT new.text OR old.description IS NOT new.description OR old.language IS NOT new.language BEGIN INSERT INTO word_forms (language, stem, word) SELECT new.language, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') FROM json_each(stems(new.language, new.title, new.text, new.description)) j WHERE 1 ON CONFLICT DO NOTHING; END;;
CREATE VIEW article_authors (article_id, position, author) AS
SELECT a.id, j.key, j.value FROM articles a, json_each(a.authors) j;;
CREATE VIEW article_tags (article_id, position, tag) AS
SELECT a.id, j.key, j.value FROM articles a, json_each(a.tags) j;;
CREATE VIEW articles_per_month (site, month, articles, words) AS
SELECT site, month, count(*), sum(word_count) FROM articles GROUP BY site, month;;
CREATE VIEW block_texts (article_id, version, position, kind, text) AS
SELECT b.article_id, b.version, b.position, b.kind, substr(v.text, b.start, b.length)
FROM blocks b JOIN versions v ON v.article_id = b.article_id AND v.version = b.version;;
CREATE VIEW edits (article_id, url, site, version, not_before, seen_at, words_added, words_removed, title_before, title) AS
SELECT v.article_id, a.url, a.site, v.version,
  (SELECT max(c.fetched_at) FROM captures c WHERE c.article_id = v.article_id AND c.fetched_at < v.seen_at),
  v.seen_at, v.words_added, v.words_removed, p.title, v.title
FROM versions v
JOIN versions p ON p.article_id = v.article_id AND p.version = v.version - 1
JOIN articles a ON a.id = v.article_id;;
CREATE VIEW coverage (site, day, captures, stories, failures, gone) AS
SELECT site, substr(fetched_at, 1, 10), count(*), count(DISTINCT article_id),
  sum(coalesce(http_status, 0) >= 400 OR (truncated IS NOT NULL AND record_type != 'revisit')),
  sum(coalesce(http_status, 0) IN (404, 410))
FROM captures GROUP BY site, substr(fetched_at, 1, 10);;
CREATE VIEW gaps (site, first_day, last_day, days) AS
SELECT site, date(before, '+1 day'), date(day, '-1 day'), CAST(julianday(day) - julianday(before) AS INTEGER) - 1
FROM (SELECT site, day, lag(day) OVER (PARTITION BY site ORDER BY day) AS before
  FROM (SELECT DISTINCT site, substr(fetched_at, 1, 10) AS day FROM captures))
WHERE julianday(day) - julianday(before) > 1;;
CREATE VIEW provenance (article_id, url, version, seen_at, captured_url, payload_digest, warc_file, warc_offset, warc_length, warc_record_id) AS
SELECT v.article_id, a.url, v.version, v.seen_at, c.url, c.payload_digest, p.warc_file, p.warc_offset, p.warc_length,
  p.warc_record_id
FROM versions v
JOIN articles a ON a.id = v.article_id
JOIN captures c ON c.id = v.capture_id
JOIN captures p ON p.id = coalesce(c.payload_id, c.id);;
CREATE VIEW failures (url, reason, detail, at, found_on, crawl_id, capture_id) AS
SELECT url, skip_reason, skip_detail, fetched_at, NULL, crawl_id, id FROM captures WHERE skip_reason IS NOT NULL
UNION ALL
SELECT s.url, s.reason, NULL, coalesce(k.finished, k.started), s.found_on, s.crawl_id, NULL
FROM skipped s JOIN crawls k ON k.id = s.crawl_id
LEFT JOIN (SELECT DISTINCT url, crawl_id FROM captures WHERE skip_reason IS NOT NULL) c
  ON c.url = s.url AND c.crawl_id = s.crawl_id WHERE c.url IS NULL;;
CREATE VIEW copies (article_id, site, url, copy_of, copy_of_site, copy_of_url, share, share_of_first, blocks, characters, agency) AS
WITH agencies(name, words) AS (VALUES
  ('AAP', '(AAP)'),
  ('AFP', '(AFP)'),
  ('AFP', 'Agence France-Presse'),
  ('ANSA', '(ANSA)'),
  ('AP', '(AP)'),
  ('AP', 'Associated Press'),
  ('Anadolu', '(AA)'),
  ('Anadolu', 'Anadolu Agency'),
  ('Bloomberg', '(Bloomberg)'),
  ('dpa', '(dpa)'),
  ('dpa', 'dpa/'),
  ('dpa', 'Deutsche Presse-Agentur'),
  ('EFE', '(EFE)'),
  ('EFE', 'Agencia EFE'),
  ('Europa Press', '(EUROPA PRESS)'),
  ('Europa Press', 'Europa Press'),
  ('Kyodo', '(Kyodo)'),
  ('Kyodo', 'Kyodo News'),
  ('PA', '(PA)'),
  ('PA', 'PA Media'),
  ('PTI', '(PTI)'),
  ('Reuters', '(Reuters)'),
  ('Reuters', 'REUTERS'),
  ('Reuters', 'Reuters'),
  ('TASS', '/TASS/'),
  ('TASS', '(TASS)'),
  ('UPI', '(UPI)'),
  ('Xinhua', '(Xinhua)'),
  ('Xinhua', 'Xinhua'),
  ('Yonhap', '(Yonhap)')),
told AS (
  SELECT hash FROM blocks WHERE length >= 80 GROUP BY hash
  HAVING count(DISTINCT article_id) BETWEEN 2 AND 50),
held AS (
  SELECT b.hash, b.article_id, max(b.length) AS length
  FROM told JOIN blocks b ON b.hash = told.hash JOIN articles a ON a.id = b.article_id AND a.versions = b.version
  WHERE b.kind = 'paragraph' GROUP BY b.hash, b.article_id),
pairs AS (
  SELECT x.article_id AS one, y.article_id AS other, count(*) AS blocks, sum(min(x.length, y.length)) AS characters
  FROM held x JOIN held y ON y.hash = x.hash AND y.article_id > x.article_id
  GROUP BY x.article_id, y.article_id HAVING characters >= 300),
ordered AS (
  SELECT CASE WHEN is_first THEN other ELSE one END AS copy, CASE WHEN is_first THEN one ELSE other END AS original,
    blocks, characters
  FROM (SELECT p.*, (coalesce(s.date, substr(s.first_seen, 1, 10)), coalesce(s.date_published, s.first_seen), s.id) < (coalesce(t.date, substr(t.first_seen, 1, 10)), coalesce(t.date_published, t.first_seen), t.id) AS is_first FROM pairs p
    JOIN articles s ON s.id = p.one JOIN articles t ON t.id = p.other
    WHERE s.site != t.site AND p.characters >= 0.5 * min(length(s.text), length(t.text))))
SELECT o.copy, c.site, c.url, o.original, f.site, f.url,
  round(min(1.0, o.characters * 1.0 / length(c.text)), 3), round(min(1.0, o.characters * 1.0 / length(f.text)), 3),
  o.blocks, o.characters,
  (SELECT min(g.name) FROM agencies g WHERE EXISTS (SELECT 1 FROM articles n WHERE n.id IN (o.copy, o.original) AND (
    instr(substr(n.text, 1, 300), g.words) OR instr(substr(n.text, -300), g.words)
    OR EXISTS (SELECT 1 FROM json_each(n.authors) j WHERE j.value = g.name OR instr(j.value, g.words)))))
FROM ordered o JOIN articles c ON c.id = o.copy JOIN articles f ON f.id = o.original