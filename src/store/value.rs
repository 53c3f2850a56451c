//! The four kinds of value that both databases share, and rows of them.

use super::Error;

/// A parameter or a field: whole number, text, bytes or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// `BIGINT`, `INTEGER`.
    Int(i64),
    /// `TEXT`.
    Text(String),
    /// `BYTEA`, `BLOB`.
    Bytes(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $value:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($it: $from) -> Self {
                $value
            }
        }
    )*};
}

value_from! {
    i64 => |it| Self::Int(it);
    String => |it| Self::Text(it);
    &str => |it| Self::Text(it.to_owned());
    Vec<u8> => |it| Self::Bytes(it);
    crate::model::time::Millis => |it| Self::Int(it.get());
    crate::model::max_clicks::MaxClicks => |it| Self::Int(it.get().into());
    crate::model::cache_seconds::CacheSeconds => |it| Self::Int(it.get().into());
    bool => |it| Self::Int(it.into());
    crate::model::id::LinkId => |it| Self::Int(it.get());
    crate::model::id::WorkspaceId => |it| Self::Int(it.get());
    crate::model::id::DomainId => |it| Self::Int(it.get());
    crate::model::id::ApiKeyId => |it| Self::Int(it.get());
    crate::model::id::UserId => |it| Self::Int(it.get());
    crate::model::id::SessionId => |it| Self::Int(it.get());
    crate::model::id::InvitationId => |it| Self::Int(it.get());
    crate::model::id::DomainClaimId => |it| Self::Int(it.get());
    crate::model::id::AuditId => |it| Self::Int(it.get());
    crate::model::id::SubjectId => |it| Self::Int(it.get());
    crate::model::id::ClaimId => |it| Self::Int(it.get());
    crate::model::id::NodeId => |it| Self::Int(it.get());
    crate::model::id::StreamId => |it| Self::Int(it.get());
    crate::model::id::ChangeId => |it| Self::Int(it.get());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

/// A count as both databases hold it.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The parameters of a statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::Value::from($value)),*] };
}

/// One row of an answer. Fields are read by their place in the `SELECT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    /// A row of these fields.
    #[must_use]
    pub fn new(fields: Vec<Value>) -> Self {
        Self(fields)
    }

    /// All fields.
    #[must_use]
    pub fn fields(&self) -> &[Value] {
        &self.0
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is none.
    pub fn int(&self, place: usize) -> Result<i64, Error> {
        self.opt_int(place)?.ok_or_else(|| corrupt(place, "a number", &Value::Null))
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is something else.
    pub fn opt_int(&self, place: usize) -> Result<Option<i64>, Error> {
        match self.0.get(place) {
            Some(Value::Int(it)) => Ok(Some(*it)),
            Some(Value::Null) => Ok(None),
            other => Err(corrupt(place, "a number", other.unwrap_or(&Value::Null))),
        }
    }

    /// A count: a whole number that is never negative.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is none.
    pub fn count(&self, place: usize) -> Result<u64, Error> {
        let it = self.int(place)?;
        u64::try_from(it).map_err(|_| corrupt(place, "a count", &Value::Int(it)))
    }

    /// A text.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is none.
    pub fn text(&self, place: usize) -> Result<String, Error> {
        self.opt_text(place)?.ok_or_else(|| corrupt(place, "a text", &Value::Null))
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is something else.
    pub fn opt_text(&self, place: usize) -> Result<Option<String>, Error> {
        match self.0.get(place) {
            Some(Value::Text(it)) => Ok(Some(it.clone())),
            Some(Value::Null) => Ok(None),
            other => Err(corrupt(place, "a text", other.unwrap_or(&Value::Null))),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the field is something else.
    pub fn bytes(&self, place: usize) -> Result<&[u8], Error> {
        match self.0.get(place) {
            Some(Value::Bytes(it)) => Ok(it),
            other => Err(corrupt(place, "bytes", other.unwrap_or(&Value::Null))),
        }
    }
}

fn corrupt(place: usize, wanted: &str, found: &Value) -> Error {
    Error::Corrupt(format!("field {place} of a row should be {wanted} and is {found:?}"))
}
