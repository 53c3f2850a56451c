-- People, teams, what programs may do, whose a domain is, and what else a link can be told.
-- The same numbers stand in both folders.

-- `email_folded` is what decides whether two addresses are one; Carom folds it.
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    -- A PHC string of argon2id; none for those who only sign in elsewhere.
    password TEXT,
    -- The secret of the second factor, once its first code was seen, and the last step that was used.
    totp_secret BLOB,
    totp_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_email ON users (email_folded);

-- SHA-256 of codes that stand in for the second factor, deleted as they are used.
CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

-- Who somebody is at an OpenID provider.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    workspace_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_of_user ON memberships (user_id);

-- Only a SHA-256 of the token in the link is kept.
CREATE TABLE invitations (
    id INTEGER NOT NULL PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    digest BLOB NOT NULL,
    invited_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invitations_by_digest ON invitations (digest);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id, created_at);

-- Only a SHA-256 of the session's id is kept. `user_id` is none until somebody has signed in;
-- `data` is what a sign-in under way remembers, JSON.
CREATE TABLE sessions (
    digest BLOB NOT NULL PRIMARY KEY,
    id INTEGER NOT NULL,
    user_id INTEGER,
    data TEXT NOT NULL,
    agent TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Who made a key, which domains it is good for (ids with spaces between; none: all), when it was
-- last used (to the minute), and the key that takes its place.
ALTER TABLE api_keys ADD COLUMN created_by TEXT;
ALTER TABLE api_keys ADD COLUMN domains TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN replaced_by INTEGER;

-- Who did what to what, from where. Nothing in Carom changes or deletes a row.
CREATE TABLE audit (
    workspace_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    id INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id INTEGER NOT NULL,
    actor TEXT NOT NULL,
    network TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (workspace_id, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_of_subject ON audit (workspace_id, subject_id, at, id);

-- What a domain answers beside its links, and how it reads codes: `exact` or `folded`.
ALTER TABLE domains ADD COLUMN root_url TEXT;
ALTER TABLE domains ADD COLUMN not_found_url TEXT;
ALTER TABLE domains ADD COLUMN expired_url TEXT;
ALTER TABLE domains ADD COLUMN status INTEGER NOT NULL DEFAULT 302;
ALTER TABLE domains ADD COLUMN case_rule TEXT NOT NULL DEFAULT 'exact';
ALTER TABLE domains ADD COLUMN proven_by TEXT NOT NULL DEFAULT 'operator';
ALTER TABLE domains ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domains ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Names that a workspace says are its own and has not proven yet. Others may say so too: the proof
-- decides, and the name is then a domain.
CREATE TABLE domain_claims (
    workspace_id INTEGER NOT NULL,
    host TEXT NOT NULL,
    id INTEGER NOT NULL,
    token TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    checked_at INTEGER,
    problem TEXT,
    PRIMARY KEY (workspace_id, host)
) STRICT, WITHOUT ROWID;

-- What a link can be told beyond its target.
ALTER TABLE links ADD COLUMN note TEXT;
ALTER TABLE links ADD COLUMN archived_at INTEGER;
ALTER TABLE links ADD COLUMN not_before INTEGER;
ALTER TABLE links ADD COLUMN fallback_url TEXT;
ALTER TABLE links ADD COLUMN cache_seconds INTEGER;
ALTER TABLE links ADD COLUMN forwards_query INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN password TEXT;
ALTER TABLE links ADD COLUMN created_by TEXT;

-- The tags of links. The link's time of birth stands here so that a tag's links are paged by it.
CREATE TABLE link_tags (
    link_id INTEGER NOT NULL,
    tag TEXT NOT NULL,
    workspace_id INTEGER NOT NULL,
    link_created_at INTEGER NOT NULL,
    PRIMARY KEY (link_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_of_tag ON link_tags (workspace_id, tag, link_created_at, link_id);
