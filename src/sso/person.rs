//! Who the provider says that somebody is.

use super::failure::{Failure, Why};
use crate::accounts::email::Email;
use crate::accounts::name;

/// Letters of a subject at most (OpenID Connect Core 1.0 §2).
const SUBJECT_LENGTH_MAX: usize = 255;

/// Who the provider says that somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Who that is there, for ever: names and addresses may change.
    pub subject: String,
    /// Their e-mail address, if the provider vouches for it.
    pub email: Option<Email>,
    /// What they are called.
    pub name: String,
}

/// What a provider says of somebody, word by word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'a> {
    pub(super) subject: &'a str,
    pub(super) email: Option<&'a str>,
    pub(super) is_verified: bool,
    pub(super) name: Option<&'a str>,
}

impl Person {
    /// Reads what the provider says.
    pub(super) fn of(issuer: &str, said: Said<'_>) -> Result<Self, Failure> {
        let Said { subject, email, is_verified, name } = said;
        let is_subject = (1..=SUBJECT_LENGTH_MAX).contains(&subject.len())
            && !subject.chars().any(char::is_control);
        if !is_subject {
            return Err(Failure::Untrusted(Why::said("the subject of the ID token is none")));
        }
        let email = email.filter(|_| is_verified).and_then(|text| Email::parse(text).ok());
        let name = name.map(readable).filter(|name| !name.is_empty());
        let name = name.or_else(|| email.as_ref().map(|email| readable(before_at(email))));
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: name.unwrap_or_default(),
            email,
        })
    }
}

fn before_at(email: &Email) -> &str {
    email.as_str().split_once('@').map_or("", |(name, _)| name)
}

/// A name on one line.
fn readable(name: &str) -> String {
    let words = name.split(|c: char| c.is_control() || c.is_whitespace());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(name::LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(said: Said<'_>) -> Result<Person, Failure> {
        Person::of("https://login.example", said)
    }

    #[test]
    fn an_address_counts_only_when_the_provider_vouches_for_it() {
        let said = Said { subject: "1", email: Some("Ada@Example.com"), ..Said::default() };
        assert_eq!(person(said).expect("a person").email, None);
        let verified = person(Said { is_verified: true, ..said }).expect("a person");
        assert_eq!(verified.email.as_ref().map(Email::folded), Some("ada@example.com"));
        assert_eq!(verified.name, "Ada", "what stands before the @, without a name");
        let rubbish = Said { email: Some("ada"), is_verified: true, ..said };
        assert_eq!(person(rubbish).expect("a person").email, None);
    }

    #[test]
    fn a_name_is_one_line_and_a_subject_something_that_can_be_kept() {
        let named = |name| person(Said { subject: "1", name: Some(name), ..Said::default() });
        assert_eq!(named(" Ada\r\nLovelace\0 ").expect("a person").name, "Ada Lovelace");
        let long = "é".repeat(200);
        assert_eq!(named(&long).expect("a person").name.chars().count(), name::LENGTH_MAX);
        assert_eq!(named("\u{0}").expect("a person").name, "");
        for subject in ["", "a\u{0}b", "x".repeat(256).as_str()] {
            assert!(person(Said { subject, ..Said::default() }).is_err(), "{subject:?}");
        }
    }
}
