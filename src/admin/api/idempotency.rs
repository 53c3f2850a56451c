//! One effect for each `Idempotency-Key` of a workspace, however often the request is sent.
//!
//! The first answer is kept in the transaction that makes the link, so neither is without the
//! other. While that transaction runs, this process knows the key to be under way; another process
//! that meets the same key at the same moment loses at the store's unique key.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::admin::auth::Caller;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::id::WorkspaceId;
use crate::store::idempotency::{self, Answered, Request};

const HEADER: &str = "Idempotency-Key";
const LENGTH_MAX: usize = 255;

/// The requests that this process is working on.
#[derive(Debug, Clone, Default)]
pub(in crate::admin) struct UnderWay(Arc<Mutex<HashSet<Named>>>);

type Named = (WorkspaceId, String);

/// The right to work on a request, until it is dropped.
#[derive(Debug)]
struct Turn {
    under_way: UnderWay,
    named: Named,
}

impl UnderWay {
    fn enter(&self, named: Named) -> Option<Turn> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = all.insert(named.clone());
        is_first.then(|| Turn { under_way: self.clone(), named })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.named);
    }
}

/// A request whose effect is still to be made. Others of its name wait until it is dropped.
#[derive(Debug)]
pub(in crate::admin) struct Claim {
    pub(super) request: Request,
    _turn: Turn,
}

impl Claim {
    /// Whether another node has had the effect since this claim was made.
    pub(super) async fn is_overtaken(&self, state: &AdminState) -> Result<bool, Problem> {
        let answered = idempotency::find(&state.store, self.request.workspace, &self.request.name);
        Ok(answered.await.map_err(|error| state.fault(&error))?.is_some())
    }
}

/// What is to be done about a request.
pub(super) enum Asked {
    /// It has no name: do it.
    Unnamed,
    /// It was not done before: do it, and keep the answer.
    First(Claim),
    /// It was done before.
    Again(Answered),
}

/// Looks whether this request was made before.
pub(super) async fn ask(
    state: &AdminState,
    under_way: &UnderWay,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Asked, Problem> {
    let Some(name) = name(headers)? else { return Ok(Asked::Unnamed) };
    let workspace = caller.workspace;
    // Before the store is asked: in the other order, a first request could end in between.
    let turn = under_way.enter((workspace, name.clone())).ok_or_else(still_under_way)?;
    let digest = Sha256::digest(body).to_vec();
    let before = idempotency::find(&state.store, workspace, &name).await;
    match before.map_err(|error| state.fault(&error))? {
        None => {
            Ok(Asked::First(Claim { request: Request { workspace, name, digest }, _turn: turn }))
        }
        Some(before) if before.digest == digest => Ok(Asked::Again(before)),
        Some(_) => {
            let detail = "this key came with another body before: take a new key";
            Err(Problem::new(Kind::IDEMPOTENCY_KEY_REUSED, detail).at(HEADER))
        }
    }
}

/// Another request of the same name has not ended.
pub(super) fn still_under_way() -> Problem {
    let detail = "a request with this key is still being worked on: try again in a moment";
    Problem::new(Kind::UNDER_WAY, detail).at(HEADER)
}

/// What stands in the header, or nothing when there is none.
fn name(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let is_valid = values.next().is_none()
        && (1..=LENGTH_MAX).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_graphic);
    if !is_valid {
        let detail = format!(
            "send one {HEADER} of 1 to {LENGTH_MAX} visible ASCII characters, such as a UUID"
        );
        return Err(Problem::new(Kind::INVALID_IDEMPOTENCY_KEY, detail).at(HEADER));
    }
    Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_name_is_one_line_of_visible_ascii() {
        let mut headers = HeaderMap::new();
        assert!(matches!(name(&headers), Ok(None)));
        let longest = "x".repeat(LENGTH_MAX);
        for good in ["1", "\"a-b\"", &longest] {
            headers.insert(HEADER, HeaderValue::try_from(good).expect("a header value"));
            assert!(matches!(name(&headers), Ok(Some(name)) if name == good), "{good}");
        }
        headers.append(HEADER, HeaderValue::from_static("2"));
        assert!(name(&headers).is_err());
        for bad in [&b""[..], b"a b", b"\xc3\xa9", &[b'x'; LENGTH_MAX + 1]] {
            headers.insert(HEADER, HeaderValue::from_bytes(bad).expect("a header value"));
            assert!(name(&headers).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_free_again_when_its_turn_ends() {
        let under_way = UnderWay::default();
        let named = (WorkspaceId::random(), "a".to_owned());
        let turn = under_way.enter(named.clone());
        assert!(turn.is_some());
        assert!(under_way.enter(named.clone()).is_none());
        assert!(under_way.enter((WorkspaceId::random(), "a".to_owned())).is_some());
        drop(turn);
        assert!(under_way.enter(named).is_some());
    }
}
