//! A link is made from a pasted address.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::list::{List, list};
use super::shown::Shown;
use crate::accounts::permission::Permission;
use crate::admin::api::shorten::made;
use crate::admin::pages::form::{Form, typed};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::state::AdminState;
use crate::links::LinkDraft;

/// A link to be made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct NewLinkForm {
    pub(super) url: String,
    pub(super) code: String,
    pub(super) title: String,
    pub(super) tags: String,
    pub(super) domain: String,
}

impl NewLinkForm {
    fn draft(&self) -> LinkDraft {
        LinkDraft {
            url: self.url.trim().to_owned(),
            code: typed(self.code.trim().to_owned()),
            title: typed(self.title.clone()),
            domain: typed(self.domain.clone()),
            tags: Some(tags(&self.tags)),
            ..LinkDraft::default()
        }
    }
}

/// Words with commas between them.
pub(in crate::admin::pages) fn tags(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// Makes a link.
pub(in crate::admin) async fn send(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(sent): Form<NewLinkForm>,
) -> Response {
    let write = async {
        guest.caller.needs(Permission::LinksWrite)?;
        made(&state, &guest.caller, sent.draft(), None).await
    };
    match write.await {
        Ok(link) => {
            let shown = Shown { made: link.id.to_string(), ..Shown::default() };
            lead_to(&shown.to_string())
        }
        Err(problem) => {
            let status = problem.status();
            let shown = Shown::default();
            list(&state, &guest, List { shown: &shown, status, wrong: Some(&problem), sent: &sent })
                .await
        }
    }
}

/// Nothing was typed yet.
pub(super) fn nothing_typed() -> (StatusCode, NewLinkForm) {
    (StatusCode::OK, NewLinkForm::default())
}
