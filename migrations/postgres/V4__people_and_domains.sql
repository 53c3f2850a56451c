-- People, teams, what programs may do, whose a domain is, and what else a link can be told.
-- The same numbers stand in both folders.

-- `email_folded` is what decides whether two addresses are one; Carom folds it.
CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    -- A PHC string of argon2id; none for those who only sign in elsewhere.
    password TEXT,
    -- The secret of the second factor, once its first code was seen, and the last step that was used.
    totp_secret BYTEA,
    totp_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (email_folded);

-- SHA-256 of codes that stand in for the second factor, deleted as they are used.
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (user_id, digest)
);

-- Who somebody is at an OpenID provider.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE memberships (
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_of_user ON memberships (user_id);

-- Only a SHA-256 of the token in the link is kept.
CREATE TABLE invitations (
    id BIGINT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    digest BYTEA NOT NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT
);
CREATE UNIQUE INDEX invitations_by_digest ON invitations (digest);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id, created_at);

-- Only a SHA-256 of the session's id is kept. `user_id` is none until somebody has signed in;
-- `data` is what a sign-in under way remembers, JSON.
CREATE TABLE sessions (
    digest BYTEA NOT NULL PRIMARY KEY,
    id BIGINT NOT NULL,
    user_id BIGINT,
    data TEXT NOT NULL,
    agent TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Who made a key, which domains it is good for (ids with spaces between; none: all), when it was
-- last used (to the minute), and the key that takes its place.
ALTER TABLE api_keys ADD COLUMN created_by TEXT;
ALTER TABLE api_keys ADD COLUMN domains TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_keys ADD COLUMN replaced_by BIGINT;

-- Who did what to what, from where. Nothing in Carom changes or deletes a row.
CREATE TABLE audit (
    workspace_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    id BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    network TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (workspace_id, at, id)
);
CREATE INDEX audit_of_subject ON audit (workspace_id, subject_id, at, id);

-- What a domain answers beside its links, and how it reads codes: `exact` or `folded`.
ALTER TABLE domains ADD COLUMN root_url TEXT;
ALTER TABLE domains ADD COLUMN not_found_url TEXT;
ALTER TABLE domains ADD COLUMN expired_url TEXT;
ALTER TABLE domains ADD COLUMN status BIGINT NOT NULL DEFAULT 302;
ALTER TABLE domains ADD COLUMN case_rule TEXT NOT NULL DEFAULT 'exact';
ALTER TABLE domains ADD COLUMN proven_by TEXT NOT NULL DEFAULT 'operator';
ALTER TABLE domains ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE domains ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Names that a workspace says are its own and has not proven yet. Others may say so too: the proof
-- decides, and the name is then a domain.
CREATE TABLE domain_claims (
    workspace_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    id BIGINT NOT NULL,
    token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    checked_at BIGINT,
    problem TEXT,
    PRIMARY KEY (workspace_id, host)
);

-- What a link can be told beyond its target.
ALTER TABLE links ADD COLUMN note TEXT;
ALTER TABLE links ADD COLUMN archived_at BIGINT;
ALTER TABLE links ADD COLUMN not_before BIGINT;
ALTER TABLE links ADD COLUMN fallback_url TEXT;
ALTER TABLE links ADD COLUMN cache_seconds BIGINT;
ALTER TABLE links ADD COLUMN forwards_query BIGINT NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN password TEXT;
ALTER TABLE links ADD COLUMN created_by TEXT;

-- The tags of links. The link's time of birth stands here so that a tag's links are paged by it.
CREATE TABLE link_tags (
    link_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    link_created_at BIGINT NOT NULL,
    PRIMARY KEY (link_id, tag)
);
CREATE INDEX links_of_tag ON link_tags (workspace_id, tag, link_created_at, link_id);
