//! The parameters of a query by name: each once, none unknown.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use crate::admin::problem::{Kind, Problem};

/// Characters of an unknown name that are repeated to its sender.
const NAME_SHOWN_MAX: usize = 64;

/// The parameters of a request. Whoever reads one takes it; what is left at the end is unknown.
#[derive(Default)]
pub(in crate::admin) struct Parameters(BTreeMap<String, Vec<String>>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) =
            pairs.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
        Ok(Self::of(pairs))
    }
}

impl Parameters {
    /// These, by their names.
    pub(in crate::admin) fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut parameters = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in pairs {
            parameters.entry(name).or_default().push(value);
        }
        Self(parameters)
    }

    /// A text that may stand there once.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let mut values = self.0.remove(name).unwrap_or_default();
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(invalid(name, format!("`{name}` may stand there once"))),
        }
    }

    /// A value that may stand there once; its error says what is wrong with it.
    pub(super) fn value<T>(&mut self, name: &'static str) -> Result<Option<T>, Problem>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        let read = |text: String| text.parse::<T>().map_err(|e| invalid(name, e.to_string()));
        text.map(read).transpose()
    }

    /// Values that may stand there several times, each perhaps several with commas between them.
    pub(super) fn list<T>(&mut self, name: &'static str) -> Result<Vec<T>, Problem>
    where
        T: FromStr<Err: Display> + PartialEq,
    {
        let mut list = Vec::new();
        for text in self.0.remove(name).unwrap_or_default() {
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                let value = part.parse::<T>().map_err(|e| invalid(name, e.to_string()))?;
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
        Ok(list)
    }

    /// A number between 1 and `max`.
    pub(super) fn limit(&mut self, default: u32, max: u32) -> Result<u32, Problem> {
        let Some(text) = self.text("limit")? else { return Ok(default) };
        let limit = text.parse().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| invalid("limit", format!("`limit` is a number from 1 to {max}")))
    }

    /// Refuses what nobody has taken.
    pub(super) fn end(self) -> Result<(), Problem> {
        let Some(name) = self.0.into_keys().next() else { return Ok(()) };
        let name: String = name.chars().take(NAME_SHOWN_MAX).collect();
        let detail = format!("`{name}` is no parameter of this path");
        Err(Problem::new(Kind::INVALID_QUERY, detail).at(name))
    }
}

/// A parameter that cannot be used.
pub(super) fn invalid(parameter: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(Kind::INVALID_QUERY, detail.into()).at(parameter)
}
