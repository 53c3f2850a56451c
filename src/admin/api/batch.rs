//! `POST /api/v1/links/batch`: many links made, changed and deleted by one request, each with its own
//! outcome, or all of them or none.
//!
//! First links are deleted, then changed, then made, so that a code which one gives up another can
//! have. The outcomes come in the order of the request.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::finish::to_the_end;
use super::shorten::taken;
use crate::admin::auth::{Caller, LinksWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Members, Problem};
use crate::admin::state::AdminState;
use crate::links::{LinkDraft, LinkEdit, LinkProblem, LinkView, Rules};
use crate::model::code::Code;
use crate::model::id::{ChangeId, DomainId, LinkId};
use crate::model::link::Link;
use crate::store::links::{self, Alteration, Altered, CodeChoice, NewLink, Owner, Whole};
use crate::store::{Store, changes, claims};

/// Items at most.
const ITEMS_MAX: usize = 10_000;

/// Items with a password at most: each takes a core for some hundredths of a second.
const PASSWORDS_MAX: usize = 20;

/// Bytes of its body at least: ten thousand links with long targets.
const BODY_BYTES_MIN: usize = 16 * 1024 * 1024;

/// What is asked for. Items are read one by one, so that what is wrong with one is said of it.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Batch)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct BatchBody {
    #[serde(default)]
    #[schema(value_type = Vec<LinkDraft>)]
    pub(in crate::admin) create: Vec<Value>,
    /// A link's `id` and what to change of it.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub(in crate::admin) update: Vec<Value>,
    /// Ids of links.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub(in crate::admin) delete: Vec<Value>,
    #[serde(default)]
    pub(in crate::admin) all_or_nothing: bool,
}

/// What became of each item.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchOutcomes)]
pub(in crate::admin) struct Outcomes {
    create: Vec<Outcome>,
    update: Vec<Outcome>,
    delete: Vec<Outcome>,
    /// How many of them failed.
    failed: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BatchOutcome)]
struct Outcome {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Members<'static>>)]
    problem: Option<Problem>,
}

/// A batch, checked: an item is ready to be written, or has its problem.
struct Checked {
    create: Vec<Result<NewLink, Problem>>,
    update: Vec<Result<Alteration, Problem>>,
    delete: Vec<Result<Alteration, Problem>>,
}

/// How large a batch may be.
pub(in crate::admin) fn body_limit(body_bytes_max: usize) -> DefaultBodyLimit {
    DefaultBodyLimit::max(body_bytes_max.max(BODY_BYTES_MIN))
}

/// Makes, changes and deletes many links at once.
#[utoipa::path(post, path = "/api/v1/links/batch", tag = "links", operation_id = "batch_links", request_body = BatchBody,
    responses((status = 200, body = Outcomes), (status = 409, description = "All or nothing, and one was taken, or changed meanwhile")))]
pub(in crate::admin) async fn run(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksWrite>,
    headers: HeaderMap,
    body: JsonBody<BatchBody>,
) -> Result<Json<Outcomes>, Problem> {
    check_size(&body.value, &headers)?;
    ran(&state, caller.into_caller(), body.value).await.map(Json)
}

/// Makes, changes and deletes links for a caller who may.
pub(in crate::admin) async fn ran(
    state: &Arc<AdminState>,
    caller: Caller,
    body: BatchBody,
) -> Result<Outcomes, Problem> {
    let all_or_nothing = body.all_or_nothing;
    let checked = check(state, &caller, body).await?;
    let state = Arc::clone(state);
    if all_or_nothing {
        to_the_end(write_whole(state, caller, checked)).await
    } else {
        to_the_end(write_each(state, caller, checked)).await
    }
}

fn check_size(body: &BatchBody, headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key("idempotency-key") {
        let detail = "a batch is not kept by a name: give the new links codes of their own, and what \
                      is sent again is refused as taken; or send it with `all_or_nothing`";
        return Err(Problem::new(Kind::UNNAMED_ALONE, detail).at("Idempotency-Key"));
    }
    let max = if body.all_or_nothing { links::WHOLE_MAX } else { ITEMS_MAX };
    let items = body.create.len() + body.update.len() + body.delete.len();
    if items > max {
        let kind = if body.all_or_nothing { " that is written whole" } else { "" };
        let detail =
            format!("a batch{kind} has at most {max} items, and this has {items}: send several");
        return Err(Problem::new(Kind::TOO_MANY_ITEMS, detail));
    }
    let has_password = |item: &&Value| item.get("password").is_some_and(Value::is_string);
    let passwords = body.create.iter().chain(&body.update).filter(has_password).count();
    if passwords > PASSWORDS_MAX {
        let detail = format!(
            "a batch sets at most {PASSWORDS_MAX} passwords, and this sets {passwords}: send several"
        );
        return Err(Problem::new(Kind::TOO_MANY_ITEMS, detail).at("password"));
    }
    Ok(())
}

/// Reads and checks every item, off the async threads: it is long work, with passwords longer.
async fn check(
    state: &Arc<AdminState>,
    caller: &Caller,
    body: BatchBody,
) -> Result<Checked, Problem> {
    let domains = caller.domains.clone();
    let reaches = move |domain| domains.as_ref().is_none_or(|some| some.contains(&domain));
    let check = move |rules: &Rules<'_>| {
        let draft = |item| {
            let new = read::<LinkDraft>(item)?.check(rules)?;
            if reaches(new.domain) {
                return Ok(new);
            }
            Err(Problem::new(Kind::MISSING_SCOPE, "this key is not good for that domain"))
        };
        let edit = |mut item: Value| {
            let id = item.as_object_mut().and_then(|members| members.remove("id"));
            let id = id.as_ref().and_then(Value::as_str).map(str::to_owned);
            let edit = read::<LinkEdit>(item)?.check(rules)?;
            Ok(Alteration::Change(link_id(id.as_deref())?, Box::new(edit)))
        };
        let id = |item: Value| Ok(Alteration::Delete(link_id(item.as_str())?));
        Ok::<_, LinkProblem>(Checked {
            create: body.create.into_iter().map(draft).collect(),
            update: body.update.into_iter().map(edit).collect(),
            delete: body.delete.into_iter().map(id).collect(),
        })
    };
    state.checked_slowly(caller.workspace, check).await
}

fn read<T: serde::de::DeserializeOwned>(item: Value) -> Result<T, Problem> {
    if item.is_array() {
        return Err(Problem::new(Kind::INVALID_BODY, "an item is a JSON object or an id"));
    }
    serde_json::from_value(item)
        .map_err(|error| Problem::new(Kind::INVALID_BODY, error.to_string()))
}

fn link_id(text: Option<&str>) -> Result<LinkId, Problem> {
    text.and_then(|text| text.parse().ok()).ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::new(Kind::NO_SUCH_LINK, "there is no such link").at("id")
}

/// Writes what can be written.
async fn write_each(
    state: Arc<AdminState>,
    caller: Caller,
    checked: Checked,
) -> Result<Outcomes, Problem> {
    let store = caller.store(&state);
    let owner = Owner { workspace: caller.workspace, domains: caller.domains.clone() };
    let delete = alter_each(&state, &store, &owner, checked.delete).await?;
    let update = alter_each(&state, &store, &owner, checked.update).await?;
    let create = create_each(&state, &store, checked.create).await?;
    Ok(Outcomes::new(create, update, delete))
}

async fn alter_each(
    state: &AdminState,
    store: &Store,
    owner: &Owner,
    checked: Vec<Result<Alteration, Problem>>,
) -> Result<Vec<Outcome>, Problem> {
    let (ready, mut outcomes) = sorted(checked);
    let codes: Vec<Option<Code>> = ready.iter().map(|(_, alteration)| chosen(alteration)).collect();
    let (places, ready): (Vec<usize>, Vec<Alteration>) = ready.into_iter().unzip();
    let altered = links::alter_many(store, owner, ready).await;
    let altered = altered.map_err(|error| state.fault(&error))?;
    forget(state, &altered).await;
    let views = altered_outcomes(state, altered, &codes).await?;
    for (place, outcome) in places.into_iter().zip(views) {
        outcomes[place] = Some(outcome);
    }
    Ok(outcomes.into_iter().flatten().collect())
}

async fn create_each(
    state: &AdminState,
    store: &Store,
    checked: Vec<Result<NewLink, Problem>>,
) -> Result<Vec<Outcome>, Problem> {
    let (ready, mut outcomes) = sorted(checked);
    let codes: Vec<CodeChoice> = ready.iter().map(|(_, new)| new.code.clone()).collect();
    let (places, ready): (Vec<usize>, Vec<NewLink>) = ready.into_iter().unzip();
    let made = links::create_many(store, ready).await.map_err(|error| state.fault(&error))?;
    for ((place, link), code) in places.into_iter().zip(made).zip(codes) {
        outcomes[place] = Some(match link {
            Some(link) => created(state, &link),
            None => Outcome::failed(taken(&code)),
        });
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// Writes all of it, or nothing.
async fn write_whole(
    state: Arc<AdminState>,
    caller: Caller,
    checked: Checked,
) -> Result<Outcomes, Problem> {
    let deletes = whole("delete", checked.delete)?;
    let updates = whole("update", checked.update)?;
    let creates = whole("create", checked.create)?;
    let (deleted, codes) = (deletes.len(), creates.iter().map(|new| new.code.clone()));
    let codes: Vec<CodeChoice> = codes.collect();
    let alterations: Vec<Alteration> = deletes.into_iter().chain(updates).collect();
    let chosen: Vec<Option<Code>> = alterations.iter().map(chosen).collect();
    let owner = Owner { workspace: caller.workspace, domains: caller.domains.clone() };
    let done = links::all_or_nothing(&caller.store(&state), &owner, alterations, creates).await;
    match done.map_err(|error| state.fault(&error))? {
        Whole::Done { altered, made } => {
            forget(&state, &altered).await;
            let create = made.iter().map(|link| created(&state, link)).collect();
            let mut delete = altered_outcomes(&state, altered, &chosen).await?;
            let update = delete.split_off(deleted);
            Ok(Outcomes::new(create, update, delete))
        }
        Whole::AlterationRefused(place, outcome) => {
            let problem = match (outcome, &chosen[place]) {
                (Altered::Taken, Some(code)) => Problem::code_taken(code),
                _ => missing(),
            };
            Err(problem.within(&match place.checked_sub(deleted) {
                Some(place) => format!("update[{place}]"),
                None => format!("delete[{place}]"),
            }))
        }
        Whole::CodeTaken(place) => Err(taken(&codes[place]).within(&format!("create[{place}]"))),
    }
}

/// All items, or the first problem.
fn whole<T>(list: &str, checked: Vec<Result<T, Problem>>) -> Result<Vec<T>, Problem> {
    let named = |(place, item): (usize, Result<T, Problem>)| {
        item.map_err(|problem| problem.within(&format!("{list}[{place}]")))
    };
    checked.into_iter().enumerate().map(named).collect()
}

/// Items that are ready, with their places, and the outcomes of those that are not.
fn sorted<T>(checked: Vec<Result<T, Problem>>) -> (Vec<(usize, T)>, Vec<Option<Outcome>>) {
    let mut ready = Vec::with_capacity(checked.len());
    let mut outcomes = Vec::with_capacity(checked.len());
    for (place, item) in checked.into_iter().enumerate() {
        match item {
            Ok(item) => {
                ready.push((place, item));
                outcomes.push(None);
            }
            Err(problem) => outcomes.push(Some(Outcome::failed(problem))),
        }
    }
    (ready, outcomes)
}

/// The code that an edit asks for.
fn chosen(alteration: &Alteration) -> Option<Code> {
    match alteration {
        Alteration::Change(_, edit) => edit.code.clone(),
        Alteration::Delete(_) => None,
    }
}

/// What was altered is forgotten before anybody hears of it.
async fn forget(state: &AdminState, altered: &[Altered]) {
    let change = |outcome: &Altered| -> Option<(ChangeId, DomainId, Vec<Code>)> {
        match outcome {
            Altered::Changed(changed) => {
                let link = &changed.link;
                let codes = vec![changed.code_before.clone(), link.code.clone()];
                Some((changes::id_of(link.id, link.version), link.domain, codes))
            }
            Altered::Deleted(link) => {
                let change = changes::id_of(link.id, link.version + 1);
                Some((change, link.domain, vec![link.code.clone()]))
            }
            Altered::Missing | Altered::Taken => None,
        }
    };
    let changed: Vec<_> = altered.iter().filter_map(change).collect();
    state.cache.changed_many_here(&changed).await;
}

async fn altered_outcomes(
    state: &AdminState,
    altered: Vec<Altered>,
    codes: &[Option<Code>],
) -> Result<Vec<Outcome>, Problem> {
    let changed = altered.iter().filter_map(|outcome| match outcome {
        Altered::Changed(changed) => Some(changed.link.clone()),
        _ => None,
    });
    let claimed = claims::claimed_of(&state.store, &changed.collect::<Vec<Link>>()).await;
    let claimed = claimed.map_err(|error| state.fault(&error))?;
    let outcome = |(outcome, code): (Altered, &Option<Code>)| match (outcome, code) {
        (Altered::Changed(changed), _) => {
            let used = claimed.get(&changed.link.id).copied().unwrap_or(0);
            Outcome::done(StatusCode::OK, Some(state.view(&changed.link, used)))
        }
        (Altered::Deleted(_), _) => Outcome::done(StatusCode::NO_CONTENT, None),
        (Altered::Taken, Some(code)) => Outcome::failed(Problem::code_taken(code)),
        (Altered::Missing | Altered::Taken, _) => Outcome::failed(missing()),
    };
    Ok(altered.into_iter().zip(codes).map(outcome).collect())
}

/// A link that was made: its code is no longer unknown.
fn created(state: &AdminState, link: &Link) -> Outcome {
    state.cache.forget(link.domain, link.code.as_str());
    Outcome::done(StatusCode::CREATED, Some(state.view(link, 0)))
}

impl Outcomes {
    fn new(create: Vec<Outcome>, update: Vec<Outcome>, delete: Vec<Outcome>) -> Self {
        let all = create.iter().chain(&update).chain(&delete);
        let failed = all.filter(|outcome| outcome.problem.is_some()).count();
        Self { create, update, delete, failed }
    }
}

impl Outcome {
    fn done(status: StatusCode, link: Option<LinkView>) -> Self {
        Self { status: status.as_u16(), link, problem: None }
    }

    fn failed(problem: Problem) -> Self {
        Self { status: problem.status().as_u16(), link: None, problem: Some(problem) }
    }
}
