-- What the click journal brings: clicks by subject (a link, a domain, a workspace), their
-- dimensions, visits, visitors, and click limits. The same numbers stand in both folders.

-- A subject is whatever clicks are summed for. Ids are random, so kinds cannot collide.
ALTER TABLE click_totals RENAME COLUMN link_id TO subject_id;
ALTER TABLE click_quarters RENAME COLUMN link_id TO subject_id;

-- A dimension's values by hour. `dimension` is a number of model::dimension.
CREATE TABLE dimension_hours (
    subject_id BIGINT NOT NULL,
    dimension BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    value TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    people BIGINT NOT NULL,
    bots BIGINT NOT NULL,
    PRIMARY KEY (subject_id, dimension, hour, value)
);

-- Older hours, folded into UTC days.
CREATE TABLE dimension_days (
    subject_id BIGINT NOT NULL,
    dimension BIGINT NOT NULL,
    day BIGINT NOT NULL,
    value TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    people BIGINT NOT NULL,
    bots BIGINT NOT NULL,
    PRIMARY KEY (subject_id, dimension, day, value)
);

-- Recent clicks, one row each. Stream and sequence are the click's place in a journal. Holds no
-- address; `visitor` is a keyed hash whose key is gone after two days, 0 for none.
CREATE TABLE visits (
    link_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    domain_id BIGINT NOT NULL,
    is_bot BIGINT NOT NULL,
    visitor BIGINT NOT NULL,
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
);
CREATE INDEX visits_of_workspace ON visits (workspace_id, at);

-- HyperLogLog sketches of a link's visitors, one a UTC day; the first byte is the format's version.
CREATE TABLE visitor_sketches (
    link_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    sketch BYTEA NOT NULL,
    PRIMARY KEY (link_id, day)
);

-- The keys of visitor hashes, one a UTC day, deleted two days later and never backed up.
CREATE TABLE visitor_salts (
    day BIGINT NOT NULL PRIMARY KEY,
    salt BYTEA NOT NULL
);

-- Links with a click limit ask for each click: a claim counts once however often it is sent.
ALTER TABLE links ADD COLUMN max_clicks BIGINT;
CREATE TABLE claimed_clicks (
    link_id BIGINT NOT NULL PRIMARY KEY,
    claimed BIGINT NOT NULL
);
CREATE TABLE click_claims (
    link_id BIGINT NOT NULL,
    claim_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (link_id, claim_id)
);
