//! Ids: 63 random bits, made by Carom and never by a database, shown as decimal text.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::random;

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: an id is a whole number between 1 and 9223372036854775807")]
pub struct IdError(String);

/// A random id between 1 and 2^63 − 1.
fn random() -> i64 {
    (i64::from_le_bytes(random::bytes()) & i64::MAX).max(1)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                Self(random())
            }

            /// The id of this number, as the store holds it.
            #[must_use]
            pub const fn from_stored(id: i64) -> Self {
                Self(id)
            }

            /// The number, as the store holds it.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.parse::<i64>() {
                    Ok(id) if id > 0 => Ok(Self(id)),
                    _ => Err(IdError(text.to_owned())),
                }
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.pattern(Some("^[1-9][0-9]{0,18}$")).into()
            }
        }

        impl utoipa::ToSchema for $name {}

        // As text: a JSON number above 2^53 loses digits in JavaScript.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A link, for life: a rename keeps it.
    LinkId;
    /// A workspace, the owner of links, domains and keys.
    WorkspaceId;
    /// A domain that links are served under.
    DomainId;
    /// An API key.
    ApiKeyId;
    /// A person.
    UserId;
    /// A person's session.
    SessionId;
    /// An invitation to a workspace.
    InvitationId;
    /// A name that a workspace says is its own.
    DomainClaimId;
    /// An entry of the audit log.
    AuditId;
    /// What clicks are summed for: a link, a domain or a workspace, under its own id.
    SubjectId;
    /// One click that a link with a limit was asked for.
    ClaimId;
    /// A Carom process's identity, kept in its data directory.
    NodeId;
    /// One opening of a click stream on a node; positions belong to it.
    StreamId;
    /// A store, so that clicks never flow into a foreign one.
    StoreId;
    /// An entry of the change log.
    ChangeId;
}

macro_rules! subjects {
    ($($name:ident),*) => {$(
        impl From<$name> for SubjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
    )*};
}

subjects! { LinkId, DomainId, WorkspaceId }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_positive_and_differ() {
        let a = LinkId::random();
        let b = LinkId::random();
        assert!(a.get() > 0 && b.get() > 0);
        assert_ne!(a, b);
    }

    #[test]
    fn text_round_trips_and_rubbish_is_refused() {
        let id = LinkId::random();
        assert_eq!(id.to_string().parse::<LinkId>(), Ok(id));
        for bad in ["", "0", "-1", "x", "9223372036854775808", "1.0"] {
            assert!(bad.parse::<LinkId>().is_err(), "{bad}");
        }
    }
}
