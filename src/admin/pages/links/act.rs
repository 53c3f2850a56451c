//! What is done to the links that were chosen.
//!
//! Deleting puts links away and switches them off, so that it can be undone; from among the deleted,
//! they are deleted for good.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::shown::Shown;
use crate::accounts::permission::Permission;
use crate::admin::api::batch::{self, BatchBody};
use crate::admin::api::owned;
use crate::admin::pages::form::Form;
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::id::LinkId;
use crate::model::link::{Link, LinkState};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Delete,
    Restore,
    Erase,
    SwitchOn,
    SwitchOff,
    Tag(String),
    Untag(String),
}

/// What was sent: which links, and what is to be done to them.
#[derive(Default)]
struct Sent {
    ids: Vec<LinkId>,
    /// Which of them stay off when they are restored.
    off: HashSet<LinkId>,
    act: String,
    tag: String,
    /// The list that it was sent from.
    back: Shown,
}

impl Sent {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        let ids =
            |text: &str| text.split(',').filter_map(|id| id.parse().ok()).collect::<Vec<LinkId>>();
        for (name, value) in pairs {
            match name.as_str() {
                "id" => sent.ids.extend(ids(&value)),
                "off" => sent.off.extend(ids(&value)),
                "act" => sent.act = value,
                "tag" => sent.tag = value,
                "q" => sent.back.q = value,
                "of_tag" => sent.back.tag = value,
                "domain" => sent.back.domain = value,
                "state" => sent.back.state = value,
                "by" => sent.back.by = value,
                "sort" => sent.back.sort = value,
                _ => {}
            }
        }
        sent
    }

    fn act(&self) -> Result<Act, Problem> {
        let tag = || match self.tag.trim() {
            "" => Err(wrong("say which tag")),
            tag => Ok(tag.to_owned()),
        };
        match self.act.as_str() {
            "delete" => Ok(Act::Delete),
            "restore" => Ok(Act::Restore),
            "erase" => Ok(Act::Erase),
            "on" => Ok(Act::SwitchOn),
            "off" => Ok(Act::SwitchOff),
            "tag" => tag().map(Act::Tag),
            "untag" => tag().map(Act::Untag),
            _ => Err(wrong("say what is to be done")),
        }
    }
}

/// Does it, and leads back to the list.
pub(in crate::admin) async fn act(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let sent = Sent::of(pairs);
    match done(&state, &guest, &sent).await {
        Ok(shown) => lead_to(&shown.to_string()),
        Err(problem) => guest.refused(&problem),
    }
}

async fn done(state: &Arc<AdminState>, guest: &Guest, sent: &Sent) -> Result<Shown, Problem> {
    guest.caller.needs(Permission::LinksWrite)?;
    let act = sent.act()?;
    let links = owned::among(state, &guest.caller, &sent.ids).await?;
    if links.is_empty() {
        return Err(wrong("choose links first: tick the boxes before them"));
    }
    batch::ran(state, guest.caller.clone(), body(&act, &links, &sent.off)).await?;
    let listed = |links: &mut dyn Iterator<Item = &Link>| {
        links.map(|link| link.id.to_string()).collect::<Vec<_>>().join(",")
    };
    let is_off = |link: &&Link| link.state == LinkState::Disabled;
    Ok(Shown {
        done: word(&act).to_owned(),
        ids: listed(&mut links.iter()),
        off: listed(&mut links.iter().filter(is_off)),
        ..sent.back.plain()
    })
}

/// What the batch has to change.
fn body(act: &Act, links: &[Link], off: &HashSet<LinkId>) -> BatchBody {
    if *act == Act::Erase {
        let ids = links.iter().map(|link| json!(link.id)).collect();
        return BatchBody { delete: ids, all_or_nothing: true, ..BatchBody::default() };
    }
    let update = links.iter().map(|link| {
        let mut item = change(act, link, off);
        item["id"] = json!(link.id);
        item
    });
    BatchBody { update: update.collect(), all_or_nothing: true, ..BatchBody::default() }
}

fn change(act: &Act, link: &Link, off: &HashSet<LinkId>) -> Value {
    let tags = |wanted: &dyn Fn(&str) -> bool| {
        link.tags
            .iter()
            .map(|it| it.as_str().to_owned())
            .filter(|it| wanted(it))
            .collect::<Vec<_>>()
    };
    match act {
        Act::Delete => json!({ "archived": true, "state": "disabled" }),
        Act::Restore if off.contains(&link.id) => json!({ "archived": false }),
        Act::Restore => json!({ "archived": false, "state": "active" }),
        Act::SwitchOn => json!({ "state": "active" }),
        Act::SwitchOff => json!({ "state": "disabled" }),
        Act::Tag(tag) => {
            let mut tags = tags(&|_| true);
            tags.push(tag.clone());
            json!({ "tags": tags })
        }
        Act::Untag(tag) => {
            let tag = tag.to_lowercase();
            json!({ "tags": tags(&|it| it != tag) })
        }
        Act::Erase => json!({}),
    }
}

const fn word(act: &Act) -> &'static str {
    match act {
        Act::Delete => "deleted",
        Act::Restore => "restored",
        Act::Erase => "erased",
        Act::SwitchOn => "on",
        Act::SwitchOff => "off",
        Act::Tag(_) => "tagged",
        Act::Untag(_) => "untagged",
    }
}

fn wrong(detail: &'static str) -> Problem {
    Problem::new(Kind::INVALID_BODY, detail)
}
