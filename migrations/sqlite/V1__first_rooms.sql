-- The first rooms of data. The same numbers stand in migrations/sqlite and migrations/postgres.
-- Times are epoch milliseconds, ids 63 random bits made by Carom; only INTEGER, TEXT and BLOB.

-- Facts about the store itself: its id.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The domain with the empty host answers for every host that no other domain claims.
CREATE TABLE domains (
    id INTEGER NOT NULL PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    host TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX domains_by_host ON domains (host);

-- Only a SHA-256 of the key is kept; the prefix is for people to tell keys apart.
CREATE TABLE api_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_by_digest ON api_keys (digest);

-- `search` is code, target and title, folded to lower case by Carom.
CREATE TABLE links (
    domain_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    state TEXT NOT NULL,
    title TEXT,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (domain_id, code)
) STRICT, WITHOUT ROWID;
-- Not unique: a distributed Postgres could only keep it so together with the code.
CREATE INDEX links_by_id ON links (id);
CREATE INDEX links_newest ON links (workspace_id, created_at, id);

-- What caches must forget: one row a write, `codes` a block of codes with a line each, or empty
-- for a whole domain. Stamped by the store's clock, kept a day.
CREATE TABLE changes (
    at INTEGER NOT NULL,
    id INTEGER NOT NULL,
    domain_id INTEGER NOT NULL,
    codes TEXT NOT NULL,
    PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;

-- Clicks hold no reference to links: a click on a link deleted meanwhile must not sink its batch.
CREATE TABLE click_totals (
    link_id INTEGER NOT NULL PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    people INTEGER NOT NULL,
    bots INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE click_quarters (
    link_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    people INTEGER NOT NULL,
    bots INTEGER NOT NULL,
    PRIMARY KEY (link_id, quarter)
) STRICT, WITHOUT ROWID;

-- How far each stream of clicks has been absorbed: the gate that counts a batch once.
CREATE TABLE click_positions (
    node_id INTEGER NOT NULL,
    stream_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (node_id, stream_id)
) STRICT, WITHOUT ROWID;

-- The first answer to a request that carried an Idempotency-Key, kept a day.
CREATE TABLE idempotency_keys (
    workspace_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    link_id INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;
