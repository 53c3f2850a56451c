//! The parameters of statistics as a question.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::period::Period;
use super::query::{Parameters, invalid};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::stats::{Interval, Question};
use crate::model::click::Audience;
use crate::model::dimension::{Dimension, VALUE_BYTES_MAX, Values};
use crate::model::tag::Tag;
use crate::model::time::Millis;
use crate::store::stats::{Filter, Scope, Tagged};

const VALUES_DEFAULT: u32 = 10;
const VALUES_MAX: u32 = 100;

/// Takes every parameter of a question.
pub(in crate::admin) fn take(
    mut parameters: Parameters,
    state: &AdminState,
    mut scope: Scope,
    now: Millis,
) -> Result<Question, Problem> {
    let Period { zone, span } = Period::take(&mut parameters, now)?;
    let interval = parameters.value("interval")?.unwrap_or_else(|| Interval::fitting(span));
    let dimensions = parameters.list::<Dimension>("dimension")?;
    let values_max = parameters.limit(VALUES_DEFAULT, VALUES_MAX)?;
    let Who(audience) = parameters.value("audience")?.unwrap_or_default();
    let mut filter = Filter { audience, values: values(&mut parameters)?, domain: None };
    let mut owns_domain = false;
    // A link has one domain.
    if let Scope::Workspace(workspace) = &scope
        && let Some(name) = parameters.text("domain")?
    {
        let table = state.domains.table();
        let domain = state.short_urls.find_domain(&table, *workspace, Some(&name))?;
        filter.domain = Some(domain.id);
        owns_domain = domain.workspace == *workspace;
    }
    // A link's tags are not asked for: it is one of them or not.
    if let Scope::Workspace(workspace) = scope
        && let Some(tag) = parameters.value::<Tag>("tag")?
    {
        scope = Scope::Tag(Tagged { workspace, tag });
    }
    parameters.end()?;
    Ok(Question { scope, span, zone, interval, filter, owns_domain, dimensions, values_max })
}

/// What `audience` may say.
#[derive(Debug, Default)]
struct Who(Option<Audience>);

#[derive(Debug)]
struct UnknownAudience(String);

impl fmt::Display for UnknownAudience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no audience: the audiences are people, bots, all", self.0)
    }
}

impl FromStr for Who {
    type Err = UnknownAudience;

    fn from_str(text: &str) -> Result<Self, UnknownAudience> {
        match text {
            "all" => Ok(Self(None)),
            "people" => Ok(Self(Some(Audience::People))),
            "bots" => Ok(Self(Some(Audience::Bots))),
            other => Err(UnknownAudience(other.to_owned())),
        }
    }
}

/// Dimensions that stand there by their names, with the value that clicks must have.
fn values(parameters: &mut Parameters) -> Result<Values, Problem> {
    let mut values = Values::default();
    for dimension in Dimension::ALL {
        let Some(value) = parameters.text(dimension.name())? else { continue };
        // Postgres has no text with U+0000, and no stored value is longer.
        if value.len() > VALUE_BYTES_MAX || value.chars().any(char::is_control) {
            let detail =
                format!("a value has at most {VALUE_BYTES_MAX} bytes, none of a control character");
            return Err(invalid(dimension.name(), detail));
        }
        values.set(dimension, Some(Arc::from(value)));
    }
    Ok(values)
}
