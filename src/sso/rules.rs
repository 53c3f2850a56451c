//! Who may sign in at the provider, and as whom.
//!
//! What a provider calls somebody (issuer and subject) is who they are. Their address says so only
//! where the operator allows it: else a second provider could take accounts over by claiming addresses.

use super::person::Person;
use crate::accounts::email::Email;
use crate::model::host::host_name;

/// What the operator allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Somebody new from the provider gets the account with their verified address.
    pub link_by_email: bool,
    /// Somebody whose verified address has no account gets a new one.
    pub create_users: bool,
    /// Domains of the addresses that may sign in, in lower-case ASCII; none for all.
    pub email_domains: Vec<String>,
}

/// Whom the store knows by what the provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The person: they have signed in so before.
    Identity,
    /// Only their verified address: an account has it.
    Account,
    /// Nobody.
    Nobody,
}

/// What is done for somebody who may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They are who they were the last time.
    Known,
    /// The account with their address is theirs, now and later.
    Link,
    /// They get an account.
    Create,
}

/// Why somebody may not sign in so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Their address is of another domain, or the provider vouches for none.
    #[error(
        "only people with a verified e-mail address of certain domains may sign in so: ask this \
         server's operator"
    )]
    Domain,
    /// Nobody vouches for an address, and nothing else says who they are here.
    #[error(
        "the provider of sign-ins does not vouch for your e-mail address: have it verified there, \
         and begin again"
    )]
    Unverified,
    /// There is an account, which they must not simply get.
    #[error(
        "your e-mail address has an account here that does not belong to this way of signing in: \
         sign in with its password, or ask this server's operator"
    )]
    NotLinked,
    /// There is none, and nobody gets one by coming.
    #[error("your e-mail address has no account here: ask to be invited")]
    NoAccount,
}

impl Rules {
    /// What is done for this person, or why they may not sign in.
    ///
    /// # Errors
    /// They may not.
    pub fn admit(&self, person: &Person, known: Known) -> Result<Admission, Refusal> {
        if !self.email_domains.is_empty() && !person.email.as_ref().is_some_and(|it| self.has(it)) {
            return Err(Refusal::Domain);
        }
        match known {
            Known::Identity => Ok(Admission::Known),
            _ if person.email.is_none() => Err(Refusal::Unverified),
            Known::Account if self.link_by_email => Ok(Admission::Link),
            Known::Account => Err(Refusal::NotLinked),
            Known::Nobody if self.create_users => Ok(Admission::Create),
            Known::Nobody => Err(Refusal::NoAccount),
        }
    }

    fn has(&self, email: &Email) -> bool {
        let domain = email.folded().rsplit_once('@').map(|(_, domain)| host_name(domain));
        matches!(domain, Some(Ok(domain)) if self.email_domains.contains(&domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(email: Option<&str>) -> Person {
        Person {
            issuer: "https://login.example".to_owned(),
            subject: "1".to_owned(),
            email: email.map(|text| Email::parse(text).expect("an address")),
            name: String::new(),
        }
    }

    #[test]
    fn nothing_but_an_identity_opens_an_account_unless_it_is_allowed() {
        let ada = person(Some("ada@example.com"));
        let strict = Rules::default();
        assert_eq!(strict.admit(&ada, Known::Identity), Ok(Admission::Known));
        assert_eq!(strict.admit(&ada, Known::Account), Err(Refusal::NotLinked));
        assert_eq!(strict.admit(&ada, Known::Nobody), Err(Refusal::NoAccount));
        let linking = Rules { link_by_email: true, ..Rules::default() };
        assert_eq!(linking.admit(&ada, Known::Account), Ok(Admission::Link));
        assert_eq!(linking.admit(&ada, Known::Nobody), Err(Refusal::NoAccount));
        let creating = Rules { create_users: true, ..Rules::default() };
        assert_eq!(creating.admit(&ada, Known::Account), Err(Refusal::NotLinked));
        assert_eq!(creating.admit(&ada, Known::Nobody), Ok(Admission::Create));
    }

    #[test]
    fn without_a_verified_address_only_an_identity_is_somebody() {
        let nameless = person(None);
        let open = Rules { link_by_email: true, create_users: true, ..Rules::default() };
        assert_eq!(open.admit(&nameless, Known::Identity), Ok(Admission::Known));
        for known in [Known::Account, Known::Nobody] {
            assert_eq!(open.admit(&nameless, known), Err(Refusal::Unverified));
        }
    }

    #[test]
    fn domains_confine_everybody() {
        let domains = vec!["example.com".to_owned(), "xn--mnchen-3ya.example".to_owned()];
        let rules = Rules { email_domains: domains, ..Rules::default() };
        for email in ["ada@example.com", "ADA@Example.COM", "ada@München.example"] {
            assert!(rules.admit(&person(Some(email)), Known::Identity).is_ok(), "{email}");
        }
        for email in ["ada@sub.example.com", "ada@example.com.evil", "ada@example", "a@127.0.0.1"] {
            let refused = rules.admit(&person(Some(email)), Known::Identity);
            assert_eq!(refused, Err(Refusal::Domain), "{email}");
        }
        assert_eq!(rules.admit(&person(None), Known::Identity), Err(Refusal::Domain));
    }
}
