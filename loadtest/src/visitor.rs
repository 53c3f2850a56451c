//! A visitor: visits one link after the other until time is up, and checks every answer.

use std::sync::atomic::Ordering;

use hyper::header::HeaderValue;
use hyper::{StatusCode, Uri};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::attack::Attack;
use crate::edge::{Answer, Connection, Edge};
use crate::mix::{Mix, Visit};
use crate::table::Link;
use crate::tally::{Kind, Tally, with_causes};

/// Visits until the attack's time is up, then hands in what it saw.
pub(crate) async fn keep_visiting(attack: &Attack) {
    let mut visitor = Visitor::new(&attack.edge);
    let mix = Mix::new(attack.table.hot().len());
    let mut rng = SmallRng::from_rng(&mut rand::rng());

    while attack.may_send().await {
        match mix.next(&mut rng) {
            Visit::Hot(place) => {
                let link = &attack.table.hot()[place];
                visitor.expect_redirect(Kind::Hot, link).await;
            }
            Visit::Cold => {
                let link = attack.table.next_cold();
                visitor.expect_redirect(Kind::Cold, link).await;
            }
            Visit::Unknown => {
                let path = attack.table.unknown_path(&mut rng);
                visitor.expect_absence(Kind::Unknown, &path).await;
            }
        }
    }

    attack.hand_in(visitor.tally, Vec::new());
}

/// Visits links, checks the answers, and keeps the tally.
pub(crate) struct Visitor<'a> {
    connection: Connection<'a>,
    /// What it saw so far.
    pub(crate) tally: Tally,
}

impl<'a> Visitor<'a> {
    /// A visitor who saw nothing yet.
    pub(crate) fn new(edge: &'a Edge) -> Self {
        Self { connection: edge.connection(), tally: Tally::new() }
    }

    /// Visits `link`, which must redirect to its target.
    pub(crate) async fn expect_redirect(&mut self, kind: Kind, link: &Link) {
        link.requested.fetch_add(1, Ordering::Relaxed);
        let Some(answer) = self.visit(kind, &link.path).await else {
            return;
        };

        // Counted here even if the target is wrong: the server counts what it redirects.
        if answer.status == StatusCode::FOUND {
            link.answered.fetch_add(1, Ordering::Relaxed);
        }
        let location = answer.location.as_ref().map(HeaderValue::as_bytes);
        if answer.status != StatusCode::FOUND || location != Some(link.target.as_bytes()) {
            let expected = format_args!("302 to {}", link.target);
            self.tally.wrong_answers.note(|| wrong_answer(&link.path, &answer, expected));
        }
    }

    /// Visits `path`, which must not be found.
    pub(crate) async fn expect_absence(&mut self, kind: Kind, path: &Uri) {
        let Some(answer) = self.visit(kind, path).await else {
            return;
        };
        if answer.status != StatusCode::NOT_FOUND {
            self.tally.wrong_answers.note(|| wrong_answer(path, &answer, format_args!("404")));
        }
    }

    async fn visit(&mut self, kind: Kind, path: &Uri) -> Option<Answer> {
        match self.connection.get(path).await {
            Ok(answer) => {
                self.tally.record(kind, answer.took);
                Some(answer)
            }
            Err(error) => {
                self.tally.errors.note(|| format!("GET {path}: {}", with_causes(&error)));
                None
            }
        }
    }
}

fn wrong_answer(path: &Uri, answer: &Answer, expected: std::fmt::Arguments<'_>) -> String {
    let status = answer.status.as_u16();
    match &answer.location {
        Some(location) => {
            let location = String::from_utf8_lossy(location.as_bytes());
            format!("GET {path} answered {status} to {location} instead of {expected}")
        }
        None => format!("GET {path} answered {status} instead of {expected}"),
    }
}
