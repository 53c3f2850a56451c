-- The first rooms of data. The same numbers stand in migrations/sqlite and migrations/postgres.
-- Times are epoch milliseconds, ids 63 random bits made by Carom; only BIGINT, TEXT and BYTEA.

-- Facts about the store itself: its id.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE workspaces (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- The domain with the empty host answers for every host that no other domain claims.
CREATE TABLE domains (
    id BIGINT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX domains_by_host ON domains (host);

-- Only a SHA-256 of the key is kept; the prefix is for people to tell keys apart.
CREATE TABLE api_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BYTEA NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_by_digest ON api_keys (digest);

-- `search` is code, target and title, folded to lower case by Carom.
CREATE TABLE links (
    domain_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    status BIGINT NOT NULL,
    state TEXT NOT NULL,
    title TEXT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (domain_id, code)
);
-- Not unique: a distributed Postgres could only keep it so together with the code.
CREATE INDEX links_by_id ON links (id);
CREATE INDEX links_newest ON links (workspace_id, created_at, id);

-- What caches must forget: one row a write, `codes` a block of codes with a line each, or empty
-- for a whole domain. Stamped by the store's clock, kept a day.
CREATE TABLE changes (
    at BIGINT NOT NULL,
    id BIGINT NOT NULL,
    domain_id BIGINT NOT NULL,
    codes TEXT NOT NULL,
    PRIMARY KEY (at, id)
);

-- Clicks hold no reference to links: a click on a link deleted meanwhile must not sink its batch.
CREATE TABLE click_totals (
    link_id BIGINT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    people BIGINT NOT NULL,
    bots BIGINT NOT NULL
);

CREATE TABLE click_quarters (
    link_id BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    people BIGINT NOT NULL,
    bots BIGINT NOT NULL,
    PRIMARY KEY (link_id, quarter)
);

-- How far each stream of clicks has been absorbed: the gate that counts a batch once.
CREATE TABLE click_positions (
    node_id BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (node_id, stream_id)
);

-- The first answer to a request that carried an Idempotency-Key, kept a day.
CREATE TABLE idempotency_keys (
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    link_id BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
