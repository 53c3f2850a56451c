-- What the click journal brings: clicks by subject (a link, a domain, a workspace), their
-- dimensions, visits, visitors, and click limits. The same numbers stand in both folders.

-- A subject is whatever clicks are summed for. Ids are random, so kinds cannot collide.
ALTER TABLE click_totals RENAME COLUMN link_id TO subject_id;
ALTER TABLE click_quarters RENAME COLUMN link_id TO subject_id;

-- A dimension's values by hour. `dimension` is a number of model::dimension.
CREATE TABLE dimension_hours (
    subject_id INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    value TEXT NOT NULL,
    workspace_id INTEGER NOT NULL,
    people INTEGER NOT NULL,
    bots INTEGER NOT NULL,
    PRIMARY KEY (subject_id, dimension, hour, value)
) STRICT, WITHOUT ROWID;

-- Older hours, folded into UTC days.
CREATE TABLE dimension_days (
    subject_id INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    day INTEGER NOT NULL,
    value TEXT NOT NULL,
    workspace_id INTEGER NOT NULL,
    people INTEGER NOT NULL,
    bots INTEGER NOT NULL,
    PRIMARY KEY (subject_id, dimension, day, value)
) STRICT, WITHOUT ROWID;

-- Recent clicks, one row each. Stream and sequence are the click's place in a journal. Holds no
-- address; `visitor` is a keyed hash whose key is gone after two days, 0 for none.
CREATE TABLE visits (
    link_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stream_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    domain_id INTEGER NOT NULL,
    is_bot INTEGER NOT NULL,
    visitor INTEGER NOT NULL,
    referrer TEXT,
    country TEXT,
    region TEXT,
    city TEXT,
    browser TEXT,
    system TEXT,
    device TEXT,
    language TEXT,
    utm_source TEXT,
    utm_medium TEXT,
    utm_campaign TEXT,
    utm_term TEXT,
    utm_content TEXT,
    PRIMARY KEY (link_id, at, stream_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_of_workspace ON visits (workspace_id, at);

-- HyperLogLog sketches of a link's visitors, one a UTC day; the first byte is the format's version.
CREATE TABLE visitor_sketches (
    link_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (link_id, day)
) STRICT, WITHOUT ROWID;

-- The keys of visitor hashes, one a UTC day, deleted two days later and never backed up.
CREATE TABLE visitor_salts (
    day INTEGER NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Links with a click limit ask for each click: a claim counts once however often it is sent.
ALTER TABLE links ADD COLUMN max_clicks INTEGER;
CREATE TABLE claimed_clicks (
    link_id INTEGER NOT NULL PRIMARY KEY,
    claimed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE click_claims (
    link_id INTEGER NOT NULL,
    claim_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (link_id, claim_id)
) STRICT, WITHOUT ROWID;
