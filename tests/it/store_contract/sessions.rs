//! Promises about sessions: who has one, and until when.

use carom::accounts::token::Token;
use carom::model::id::SessionId;
use carom::store::sessions::{self, AGE_MAX_MS, Factor, IDLE_MS, NewSession, Session, Which};
use carom::store::users::{self, User, UserState};
use carom::store::{Error, Store, Value};
use futures_util::future::{join, join_all};

use super::fixture::{Fixture, kind};
use super::people::{NOWHERE, deeds_in, person, totp};

on_both!(founded:
    only_the_digest_of_a_session_is_kept,
    a_session_that_is_not_used_ends,
    a_session_ends_however_much_it_is_used,
    a_use_is_noted_to_the_minute,
    a_new_password_ends_all_sessions,
    a_session_never_outlives_the_password_it_was_begun_with,
    who_is_disabled_has_no_session_and_begins_none,
    a_sign_in_with_older_credentials_is_refused,
    a_code_of_the_second_factor_works_once,
    a_recovery_code_works_once,
    sessions_are_listed_and_ended_by_their_owner_alone,
    a_session_remembers_until_it_ends,
    sessions_that_have_ended_are_forgotten,
);

/// A session to be begun with this token.
fn with(token: &Token) -> NewSession {
    let (agent, network) = ("Firefox".to_owned(), "203.0.113.7".to_owned());
    NewSession { digest: token.digest(), agent, network }
}

async fn sign_in(store: &Store, user: &User, factor: Factor) -> Result<(Token, Session), Error> {
    let token = Token::random();
    let session = sessions::begin(store, user.clone(), factor, with(&token)).await?;
    Ok((token, session))
}

async fn signed_in(fixture: &Fixture, user: &User) -> (Token, Session) {
    sign_in(&fixture.store, user, Factor::None).await.expect("a session")
}

async fn is_there(fixture: &Fixture, token: &Token) -> bool {
    sessions::find(&fixture.store, token.digest()).await.expect("an answer").is_some()
}

async fn only_the_digest_of_a_session_is_kept(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let before = fixture.now().await;
    let (token, session) = signed_in(fixture, &ada).await;
    let after = fixture.now().await;

    let found = sessions::find(&fixture.store, token.digest()).await.expect("an answer");

    assert_eq!(found.as_ref(), Some(&session));
    assert_eq!((session.user, session.data.as_str()), (ada.id, "{}"));
    assert_eq!((session.agent.as_str(), session.network.as_str()), ("Firefox", "203.0.113.7"));
    assert!((before..=after).contains(&session.created_at), "by the store's clock");
    assert!(!is_there(fixture, &Token::random()).await);
    let columns = "SELECT digest, id, user_id, data, agent, network FROM sessions";
    let rows = fixture.rows(columns, vec![]).await;
    assert_eq!(rows[0].fields()[0], Value::Bytes(token.digest()));
    let kept = format!("{rows:?}");
    let as_bytes = format!("{:?}", token.reveal().as_bytes());
    assert!(!kept.contains(token.reveal()) && !kept.contains(&as_bytes));
}

async fn a_session_that_is_not_used_ends(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let (token, _) = signed_in(fixture, &ada).await;
    let idle = "UPDATE sessions SET seen_at = {now} - $1";

    fixture.run_with(idle, vec![Value::Int(IDLE_MS - 60_000)]).await;
    assert!(is_there(fixture, &token).await);

    fixture.run_with(idle, vec![Value::Int(IDLE_MS)]).await;
    assert!(!is_there(fixture, &token).await);
    let listed = sessions::list(&fixture.store, ada.id).await.expect("a list");
    assert!(listed.is_empty(), "{listed:?}");
}

async fn a_session_ends_however_much_it_is_used(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let (token, session) = signed_in(fixture, &ada).await;
    assert_eq!(session.expires_at.get() - session.created_at.get(), AGE_MAX_MS);

    fixture.run("UPDATE sessions SET expires_at = {now} + 60000").await;
    assert!(is_there(fixture, &token).await);

    fixture.run("UPDATE sessions SET expires_at = {now}").await;
    sessions::seen(&fixture.store, token.digest()).await.expect("noted");
    assert!(!is_there(fixture, &token).await);
    assert!(sessions::list(&fixture.store, ada.id).await.expect("a list").is_empty());
}

async fn a_use_is_noted_to_the_minute(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let (token, _) = signed_in(fixture, &ada).await;
    let (other, _) = signed_in(fixture, &ada).await;
    let seen_at = async |token: &Token| {
        let found = sessions::find(&fixture.store, token.digest()).await.expect("an answer");
        found.expect("a session").seen_at
    };
    let late = "UPDATE sessions SET seen_at = {now} - $1";

    fixture.run_with(late, vec![Value::Int(30_000)]).await;
    let before = seen_at(&token).await;
    sessions::seen(&fixture.store, token.digest()).await.expect("noted");
    assert_eq!(seen_at(&token).await, before, "that is exact enough");

    fixture.run_with(late, vec![Value::Int(90_000)]).await;
    let (before, others) = (fixture.now().await, seen_at(&other).await);
    sessions::seen(&fixture.store, token.digest()).await.expect("noted");
    assert!(seen_at(&token).await >= before);
    assert_eq!(seen_at(&other).await, others, "the other was not used");
}

async fn a_new_password_ends_all_sessions(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let bob = person(fixture, "bob@example.com").await;
    let (of_bob, _) = signed_in(fixture, &bob).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(signed_in(fixture, &ada).await.0);
    }

    users::set_password(&fixture.store, ada.id, None, "second".to_owned()).await.expect("changed");

    for token in &tokens {
        assert!(!is_there(fixture, token).await);
    }
    assert!(is_there(fixture, &of_bob).await, "his password is the same");
}

async fn a_session_never_outlives_the_password_it_was_begun_with(fixture: &Fixture) {
    let other = fixture.open_again();
    let mut ada = person(fixture, "ada@example.com").await;
    for round in 0..20 {
        let begin = sign_in(&fixture.store, &ada, Factor::None);
        let change = users::set_password(&other, ada.id, None, format!("password {round}"));

        let (begun, changed) = join(begin, change).await;

        ada = changed.expect("changed");
        match begun {
            Ok((token, _)) => assert!(!is_there(fixture, &token).await, "round {round}"),
            Err(error) => assert!(matches!(error, Error::Stale), "{error:?}"),
        }
    }
}

async fn who_is_disabled_has_no_session_and_begins_none(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let (token, _) = signed_in(fixture, &ada).await;

    let disabled = users::set_state(store, ada.id, UserState::Disabled).await.expect("disabled");

    assert!(!is_there(fixture, &token).await);
    for user in [&ada, &disabled] {
        assert_eq!(kind(sign_in(store, user, Factor::None).await), "stale");
    }
    let enabled = users::set_state(store, ada.id, UserState::Active).await.expect("enabled");
    assert!(!is_there(fixture, &token).await, "what has ended has ended");
    sign_in(store, &enabled, Factor::None).await.expect("a session");
}

async fn a_sign_in_with_older_credentials_is_refused(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let before = deeds_in(fixture, NOWHERE).await;
    let newer = users::add_totp(store, ada.id, totp(1, &[1])).await.expect("a second factor");

    // Whoever had only shown the password when the second factor was added has shown too little.
    assert_eq!(kind(sign_in(store, &ada, Factor::None).await), "stale");

    assert_eq!(deeds_in(fixture, NOWHERE).await.len(), before.len() + 1, "that it was added");
    sign_in(store, &newer, Factor::Step(2)).await.expect("a session");
}

/// How often one proof lets somebody in who offers it many times at once.
async fn times_let_in(fixture: &Fixture, user: &User, factor: Factor) -> usize {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let tries = (0..10).map(|place| {
        let (store, user) = (nodes[place % nodes.len()].clone(), user.clone());
        let factor = factor.clone();
        tokio::spawn(async move { sign_in(&store, &user, factor).await.map(drop) })
    });
    let outcomes = join_all(tries).await.into_iter().map(|outcome| outcome.expect("no panic"));
    let kinds: Vec<_> = outcomes.map(kind).collect();
    assert!(kinds.iter().all(|kind| ["done", "missing"].contains(kind)), "{kinds:?}");
    kinds.iter().filter(|kind| **kind == "done").count()
}

async fn a_code_of_the_second_factor_works_once(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let ada = users::add_totp(&fixture.store, ada.id, totp(100, &[])).await.expect("one");

    for step in [100, 99] {
        let replayed = sign_in(&fixture.store, &ada, Factor::Step(step)).await;
        assert_eq!(kind(replayed), "missing", "the code that was shown when it was added");
    }
    assert_eq!(times_let_in(fixture, &ada, Factor::Step(101)).await, 1);
    assert_eq!(times_let_in(fixture, &ada, Factor::Step(101)).await, 0);
    assert_eq!(times_let_in(fixture, &ada, Factor::Step(102)).await, 1);
    let listed = sessions::list(&fixture.store, ada.id).await.expect("a list");
    assert_eq!(listed.len(), 2, "who was refused has none");
}

async fn a_recovery_code_works_once(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let bob = person(fixture, "bob@example.com").await;
    let ada = users::add_totp(&fixture.store, ada.id, totp(1, &[1, 2])).await.expect("one");
    let bob = users::add_totp(&fixture.store, bob.id, totp(1, &[1, 3])).await.expect("one");
    let code = |byte: u8| Factor::Recovery(vec![byte; 32]);

    assert_eq!(times_let_in(fixture, &ada, code(1)).await, 1);
    assert_eq!(times_let_in(fixture, &ada, code(1)).await, 0);
    assert_eq!(times_let_in(fixture, &ada, code(3)).await, 0, "it is another's");
    assert_eq!(times_let_in(fixture, &bob, code(1)).await, 1, "each has their own");
    assert_eq!(times_let_in(fixture, &ada, code(2)).await, 1);
}

async fn sessions_are_listed_and_ended_by_their_owner_alone(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let bob = person(fixture, "bob@example.com").await;
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.push(signed_in(fixture, &ada).await);
        // Their order must not hang on their being begun in different milliseconds.
        fixture.run("UPDATE sessions SET seen_at = seen_at - 1000").await;
    }
    let (of_bob, bobs) = signed_in(fixture, &bob).await;
    let ids = async |user: &User| -> Vec<SessionId> {
        let listed = sessions::list(store, user.id).await.expect("a list");
        listed.iter().map(|session| session.id).collect()
    };
    let newest_first: Vec<_> = begun.iter().rev().map(|(_, session)| session.id).collect();
    assert_eq!(ids(&ada).await, newest_first);

    let end = |user: &User, which| sessions::end(store, user.clone(), which);
    assert_eq!(end(&ada, Which::One(bobs.id)).await.expect("an answer"), 0);
    assert!(is_there(fixture, &of_bob).await);
    assert_eq!(end(&ada, Which::One(begun[0].1.id)).await.expect("an answer"), 1);
    assert!(!is_there(fixture, &begun[0].0).await && is_there(fixture, &begun[1].0).await);
    assert_eq!(end(&ada, Which::AllBut(begun[2].1.id)).await.expect("an answer"), 2);
    assert_eq!(ids(&ada).await, [begun[2].1.id]);
    assert_eq!(ids(&bob).await, [bobs.id]);

    let deeds = deeds_in(fixture, NOWHERE).await;
    let times = |action: &str| deeds.iter().filter(|deed| *deed == action).count();
    assert_eq!((times("user.signed_in"), times("user.sessions_ended")), (5, 2));
}

async fn a_session_remembers_until_it_ends(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let (token, session) = signed_in(fixture, &ada).await;

    sessions::remember(store, token.digest(), r#"{"a":1}"#.to_owned()).await.expect("kept");

    let found = sessions::find(store, token.digest()).await.expect("an answer");
    assert_eq!(found.map(|found| found.data).as_deref(), Some(r#"{"a":1}"#));
    sessions::end(store, ada, Which::One(session.id)).await.expect("ended");
    let late = sessions::remember(store, token.digest(), "{}".to_owned()).await;
    assert_eq!(kind(late), "missing");
}

async fn sessions_that_have_ended_are_forgotten(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let (idle, _) = signed_in(fixture, &ada).await;
    let (old, _) = signed_in(fixture, &ada).await;
    let (fresh, _) = signed_in(fixture, &ada).await;
    let alter = async |sql, token: &Token, ms| {
        fixture.run_with(sql, vec![Value::Bytes(token.digest()), Value::Int(ms)]).await;
    };
    alter("UPDATE sessions SET seen_at = {now} - $2 WHERE digest = $1", &idle, IDLE_MS).await;
    alter("UPDATE sessions SET expires_at = {now} - $2 WHERE digest = $1", &old, 0).await;

    assert_eq!(sessions::forget(&fixture.store).await.expect("forgotten"), 2);

    assert!(is_there(fixture, &fresh).await);
    assert_eq!(sessions::forget(&fixture.store).await.expect("forgotten"), 0);
}
