-- The public record, as it was read, and the tables of the data set as views over it. The columns are those of the
-- published CSV files; the data page says what each holds. `CREATE TABLE t AS SELECT * FROM commitments` freezes one.

CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY, recorded_at TEXT, action TEXT, body_hash TEXT, prev_hash TEXT, hash TEXT, withheld INTEGER,
    redaction INTEGER, object_type TEXT, object_key TEXT, actor TEXT, before TEXT, after TEXT, nonce TEXT
);
CREATE INDEX IF NOT EXISTS changes_by_object ON changes (object_type, object_key, seq);

-- What the latest row says about each thing that is public and was not removed.
CREATE VIEW IF NOT EXISTS latest AS
SELECT object_type, object_key, after, seq, recorded_at, actor FROM changes AS row
WHERE action <> 'delete' AND NOT EXISTS (
    SELECT 1 FROM changes AS later
    WHERE later.object_type = row.object_type AND later.object_key = row.object_key AND later.seq > row.seq
);

CREATE VIEW IF NOT EXISTS site AS
SELECT after ->> 'name' AS name, after ->> 'topic' AS topic, after ->> 'promiser' AS promiser,
    after ->> 'publisher' AS publisher, after ->> 'license' AS license, after ->> 'contact' AS contact,
    after ->> 'opening_jurisdiction' AS opening_jurisdiction, after ->> 'languages' AS languages,
    coalesce(after ->> 'address', '') AS address,
    coalesce(after ->> 'glossary', '') AS glossary, coalesce(after ->> 'synonyms', '') AS synonyms
FROM latest WHERE object_type = 'site';

CREATE VIEW IF NOT EXISTS jurisdictions AS
SELECT after ->> 'code' AS code, after ->> 'name' AS name, after ->> 'level' AS level, after ->> 'parent' AS parent,
    after ->> 'time_zone' AS time_zone, nullif(after ->> 'languages', '') AS languages
FROM latest WHERE object_type = 'jurisdiction';

CREATE VIEW IF NOT EXISTS agencies AS
SELECT after ->> 'slug' AS slug, after ->> 'name' AS name, after ->> 'short_name' AS short_name,
    after ->> 'acronym' AS acronym, after ->> 'parent' AS parent, after ->> 'jurisdiction' AS jurisdiction,
    after ->> 'url' AS url, coalesce(after ->> 'wikidata', '') AS wikidata, coalesce(after ->> 'org_id', '') AS org_id,
    coalesce(after ->> 'identifiers_url', '') AS identifiers_url
FROM latest WHERE object_type = 'agency';

CREATE VIEW IF NOT EXISTS plans AS
SELECT after ->> 'slug' AS slug, after ->> 'jurisdiction' AS jurisdiction, after ->> 'title' AS title,
    after ->> 'summary' AS summary, after ->> 'document' AS document, after ->> 'published_on' AS published_on,
    after ->> 'precision' AS precision, after ->> 'starts_on' AS starts_on, after ->> 'ends_on' AS ends_on,
    after ->> 'period_note' AS period_note, after ->> 'predecessor' AS predecessor, after ->> 'sister' AS sister,
    after ->> 'part_of' AS part_of, after ->> 'promised_by' AS promised_by, after ->> 'prefix' AS prefix,
    after ->> 'original_title' AS original_title, after ->> 'language' AS language, after ->> 'coverage' AS coverage,
    after ->> 'actions' AS actions, after ->> 'actions_recorded' AS actions_recorded, after ->> 'coverage_note' AS coverage_note
FROM latest WHERE object_type = 'plan';

CREATE VIEW IF NOT EXISTS pillars AS
SELECT after ->> 'slug' AS slug, after ->> 'code' AS code, after ->> 'name' AS name,
    after ->> 'position' AS position, after ->> 'summary' AS summary
FROM latest WHERE object_type = 'pillar';

CREATE VIEW IF NOT EXISTS themes AS
SELECT after ->> 'code' AS code, after ->> 'name' AS name, after ->> 'definition' AS definition,
    after ->> 'not_this' AS not_this, after ->> 'position' AS position,
    after ->> 'council_of_europe' AS council_of_europe, after ->> 'palermo_protocol' AS palermo_protocol,
    after ->> 'walk_free' AS walk_free, after ->> 'sdg' AS sdg
FROM latest WHERE object_type = 'theme';

-- Rows of the first releases call a section an objective, which had one pillar.
CREATE VIEW IF NOT EXISTS sections AS
SELECT (after ->> 'plan') || ':' || (after ->> 'key') AS key, after ->> 'plan' AS plan,
    replace(after ->> 'parent', '/', ':') AS parent, coalesce(after ->> 'level', '') AS level,
    coalesce((SELECT group_concat(value, '|') FROM json_each(after, '$.pillars')), after ->> 'pillar') AS pillars,
    coalesce(after ->> 'pillar_basis', 'stated') AS pillar_basis,
    coalesce(after ->> '$.pillars[0]', after ->> 'pillar') AS pillar,
    after ->> 'number' AS number, after ->> 'title' AS title, coalesce(after ->> 'original_title', '') AS original_title,
    after ->> 'summary' AS summary, after ->> 'position' AS position
FROM latest AS item WHERE object_type = 'section' OR object_type = 'objective' AND NOT EXISTS (
    SELECT 1 FROM changes WHERE object_type = 'section' AND object_key = item.object_key
);

CREATE VIEW IF NOT EXISTS citations AS
SELECT after ->> 'commitment' AS commitment, after ->> 'source' AS source, after ->> 'relation' AS relation,
    after ->> 'locator' AS locator, after ->> 'note' AS note
FROM latest WHERE object_type = 'citation';

CREATE VIEW IF NOT EXISTS links AS
SELECT after ->> 'earlier' AS earlier, after ->> 'later' AS later, after ->> 'relation' AS relation,
    after ->> 'basis' AS basis, after ->> 'note' AS note, after ->> 'source' AS source
FROM latest WHERE object_type = 'commitmentlink';

CREATE VIEW IF NOT EXISTS developments AS
SELECT after ->> 'source' AS source, after ->> 'locator' AS locator, after ->> 'reported_on' AS reported_on,
    after ->> 'precision' AS precision, after ->> 'bearing' AS bearing, after ->> 'sentence' AS sentence,
    after ->> 'plan' AS plan, (SELECT group_concat(value, '|') FROM json_each(after, '$.commitments')) AS commitments,
    (SELECT min(row.recorded_at) FROM changes AS row
     WHERE row.object_type = 'development' AND row.object_key = latest.object_key) AS recorded_at
FROM latest WHERE object_type = 'development';

CREATE VIEW IF NOT EXISTS reported_statuses AS
SELECT after ->> 'commitment' AS commitment, after ->> 'source' AS source, after ->> 'locator' AS locator,
    after ->> 'reported_on' AS reported_on, iif(after ->> 'reported_on' IS NULL, NULL, after ->> 'precision') AS precision,
    after ->> 'wording' AS wording, after ->> 'language' AS language, after ->> 'equivalent' AS equivalent,
    after ->> 'note' AS note
FROM latest WHERE object_type = 'reportedstatus';

CREATE VIEW IF NOT EXISTS reviews AS
SELECT CAST(row.object_key AS INTEGER) AS id, row.after ->> 'commitment' AS commitment,
    row.after ->> 'reviewed_on' AS reviewed_on, row.after ->> 'note' AS note, row.after ->> 'source' AS source,
    row.after ->> 'locator' AS locator, row.recorded_at, row.actor, retraction.recorded_at AS retracted_at,
    retraction.after ->> 'reason' AS retraction_reason
FROM latest AS row LEFT JOIN latest AS retraction
    ON retraction.object_type = 'reviewretraction' AND retraction.after ->> 'review' = row.object_key
WHERE row.object_type = 'review';

CREATE VIEW IF NOT EXISTS commitment_agencies AS
SELECT object_key AS commitment, agency.value AS agency, 'lead' AS role, agency.key + 1 AS position
FROM latest, json_each(after, '$.lead_agencies') AS agency WHERE object_type = 'commitment'
UNION ALL
SELECT object_key, agency.value, 'partner', agency.key + 1
FROM latest, json_each(after, '$.partner_agencies') AS agency WHERE object_type = 'commitment';

CREATE VIEW IF NOT EXISTS commitment_themes AS
SELECT object_key AS commitment, theme.value AS theme, theme.key + 1 AS position
FROM latest, json_each(after, '$.themes') AS theme WHERE object_type = 'commitment';

CREATE VIEW IF NOT EXISTS evidence AS
SELECT step.after ->> 'commitment' AS commitment, step.after ->> 'seq' AS status_change,
    item.value ->> 'source' AS source, item.value ->> 'locator' AS locator, item.value ->> 'note' AS note,
    item.key + 1 AS position, step.recorded_at AS recorded_at
FROM latest AS step, json_each(step.after, '$.evidence') AS item WHERE step.object_type = 'statuschange'
UNION ALL
SELECT substr(after ->> 'status_change', 1, instr(after ->> 'status_change', '/') - 1),
    CAST(substr(after ->> 'status_change', instr(after ->> 'status_change', '/') + 1) AS INTEGER),
    after ->> 'source', after ->> 'locator', after ->> 'note', after ->> 'position', recorded_at
FROM latest WHERE object_type = 'evidence';

-- A source is part of the data set while something published rests on it.
CREATE VIEW IF NOT EXISTS sources AS
SELECT after ->> 'slug' AS slug, after ->> 'title' AS title, after ->> 'publisher' AS publisher,
    after ->> 'author' AS author, after ->> 'published_on' AS published_on,
    iif(after ->> 'published_on' IS NULL, NULL, after ->> 'precision') AS precision,
    after ->> 'kind' AS kind, after ->> 'origin' AS origin, coalesce(after ->> 'jurisdiction', '') AS jurisdiction,
    after ->> 'language' AS language, after ->> 'url' AS url,
    after ->> 'archived_url' AS archived_url, after ->> 'note' AS note
FROM latest WHERE object_type = 'source' AND object_key IN (
    SELECT source FROM citations UNION SELECT source FROM evidence UNION SELECT source FROM reviews
    UNION SELECT source FROM links UNION SELECT source FROM developments UNION SELECT source FROM reported_statuses
    UNION SELECT document FROM plans
);

CREATE VIEW IF NOT EXISTS link_findings AS
SELECT after ->> 'source' AS source, after ->> 'checked_at' AS checked_at, after ->> 'url' AS url,
    after ->> 'state' AS state, after ->> 'http_status' AS http_status, after ->> 'final_url' AS final_url,
    after ->> 'problem' AS problem, after ->> 'is_soft_404' AS is_soft_404, after ->> 'content_hash' AS content_hash,
    after ->> 'drift' AS drift
FROM latest WHERE object_type = 'sourcecheck' AND after ->> 'source' IN (SELECT slug FROM sources);

-- A step that was proposed and approved is its proposer's. A step that a later one corrects stands in no history.
CREATE VIEW IF NOT EXISTS steps AS
SELECT step.object_key AS key, step.after ->> 'commitment' AS commitment, step.after ->> 'seq' AS seq,
    step.after ->> 'effective_on' AS effective_on, step.after ->> 'precision' AS precision,
    step.after ->> 'status' AS status, step.after ->> 'explanation' AS explanation,
    coalesce(step.after ->> 'correction_reason', '') AS correction_reason,
    correction.after ->> 'seq' AS corrected_by,
    CAST(substr(step.after ->> 'corrects', instr(step.after ->> 'corrects', '/') + 1) AS INTEGER) AS corrects,
    (SELECT CASE
        WHEN sum(origin = 'independent' OR origin = 'official' AND sources.jurisdiction NOT IN ('', plans.jurisdiction)) > 0
            THEN 'independently_reported'
        WHEN sum(origin = 'official') > 0 THEN 'agency_reported'
        ELSE 'unverified' END
     FROM evidence JOIN sources ON sources.slug = evidence.source
        JOIN latest AS item ON item.object_type = 'commitment' AND item.object_key = evidence.commitment
        JOIN plans ON plans.slug = item.after ->> 'plan'
     WHERE evidence.commitment = step.after ->> 'commitment'
         AND evidence.status_change = step.after ->> 'seq') AS verification,
    step.recorded_at AS recorded_at, coalesce(proposal.after ->> 'proposed_by', step.actor) AS actor
FROM latest AS step
LEFT JOIN latest AS proposal
    ON proposal.object_type = 'proposal' AND proposal.after ->> 'status_change' = step.object_key
LEFT JOIN latest AS correction
    ON correction.object_type = 'statuschange' AND correction.after ->> 'corrects' = step.object_key
WHERE step.object_type = 'statuschange';

CREATE VIEW IF NOT EXISTS path AS
SELECT commitment, seq, status, effective_on, precision, verification,
    lag(status, 1, 'no_evidence') OVER history AS previous_status,
    row_number() OVER (PARTITION BY commitment ORDER BY effective_on DESC, seq DESC) = 1 AS is_last
FROM steps WHERE corrected_by IS NULL
WINDOW history AS (PARTITION BY commitment ORDER BY effective_on, seq);

CREATE VIEW IF NOT EXISTS status_changes AS
SELECT commitment, seq, effective_on, precision, status, previous_status, explanation, correction_reason,
    verification, corrects, corrected_by, recorded_at, actor
FROM steps LEFT JOIN (SELECT commitment, seq, previous_status FROM path) USING (commitment, seq);

CREATE VIEW IF NOT EXISTS commitments AS
SELECT item.object_key AS code, after ->> 'title' AS title, coalesce(after ->> 'original_title', '') AS original_title,
    coalesce(after ->> 'language', '') AS language, after ->> 'summary' AS summary, after ->> 'plan' AS plan,
    after ->> 'plan_number' AS plan_number, after ->> 'pillar' AS pillar,
    iif(after ->> 'pillar' IS NULL, NULL, after ->> 'pillar_basis') AS pillar_basis,
    (SELECT group_concat(value, '|') FROM json_each(after, '$.themes')) AS themes,
    replace(coalesce(after ->> 'section', after ->> 'objective'), '/', ':') AS section,
    replace(coalesce(after ->> 'section', after ->> 'objective'), '/', ':') AS objective, after ->> 'kind' AS kind,
    (SELECT group_concat(value, '|') FROM json_each(after, '$.lead_agencies')) AS lead_agencies,
    after ->> 'lead_note' AS lead_note,
    (SELECT group_concat(value, '|') FROM json_each(after, '$.partner_agencies')) AS partner_agencies,
    after ->> 'announced_on' AS announced_on, after ->> 'due_on' AS due_on,
    iif(after ->> 'due_on' IS NULL, NULL, after ->> 'due_precision') AS due_precision,
    coalesce(after ->> 'due_text', '') AS due_text,
    after ->> 'target' AS target, coalesce(step.status, 'no_evidence') AS status,
    max(coalesce(step.effective_on, ''), after ->> 'announced_on') AS status_since,
    coalesce(step.precision, 'day') AS status_precision,
    coalesce(step.verification, 'unverified') AS verification,
    coalesce(step.status, 'no_evidence')
        IN ('no_evidence', 'not_started', 'in_progress', 'in_place', 'stalled') AS is_open,
    coalesce(step.status = 'completed' AND step.effective_on <= after ->> 'announced_on', 0) AS done_when_announced,
    CASE WHEN step.status = 'completed' AND step.effective_on > after ->> 'due_on'
        THEN CAST(julianday(step.effective_on) - julianday(after ->> 'due_on') AS INTEGER) END AS days_late,
    max(after ->> 'announced_on', coalesce(step.effective_on, ''),
        coalesce((SELECT max(reviewed_on) FROM reviews
            WHERE reviews.commitment = item.object_key AND retracted_at IS NULL), ''),
        coalesce((SELECT max(substr(recorded_at, 1, 10)) FROM steps WHERE steps.commitment = item.object_key), '')
    ) AS last_reviewed_on,
    (SELECT max(published_on) FROM evidence JOIN sources ON sources.slug = evidence.source
        JOIN path ON path.commitment = evidence.commitment AND path.seq = evidence.status_change
        WHERE evidence.commitment = item.object_key) AS latest_evidence_on,
    after ->> 'note' AS note,
    (SELECT min(recorded_at) FROM changes WHERE changes.object_type = 'commitment'
        AND changes.object_key = item.object_key) AS created_at
FROM latest AS item LEFT JOIN path AS step ON step.commitment = item.object_key AND step.is_last
WHERE item.object_type = 'commitment';
