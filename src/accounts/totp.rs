//! The second factor: codes from a clock (TOTP, RFC 6238), and codes for a lost telephone.

use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use super::email::Email;
use crate::model::random;

/// How many recovery codes somebody is given.
pub const RECOVERY_CODES: usize = 10;

/// Who asks, as an authenticator shows it.
const ISSUER: &str = "Carom";

/// Steps of 30 s by which a clock may be wrong.
const SKEW: u16 = 1;

const RECOVERY_LETTERS: usize = 16;
const RECOVERY_GROUP: usize = 4;
/// Letters without look-alikes: 16 of them are 79 bits.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// The secret that a server and an authenticator share.
pub struct TotpSecret(Secret);

impl TotpSecret {
    /// A new secret of 160 bits (RFC 4226 §4).
    #[must_use]
    pub fn random() -> Self {
        Self(Secret::new_stack(random::bytes()))
    }

    /// The secret as the store holds it.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Self {
        Self(Secret::new(bytes.into()))
    }

    /// Its bytes, for the store.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The secret as people type it.
    #[must_use]
    pub fn base32(&self) -> String {
        self.0.to_base32()
    }

    /// Reads what [`TotpSecret::base32`] has written.
    #[must_use]
    pub fn from_base32(text: &str) -> Option<Self> {
        Secret::try_from_base32(text).ok().map(Self)
    }

    /// What an authenticator reads from a QR code.
    #[must_use]
    pub fn url(&self, email: &Email) -> String {
        // A colon would end the name.
        let name = email.as_str().replace(':', "_");
        self.totp(Some(name)).to_url().expect("a name without a colon makes a URL")
    }

    /// The step of this code, if it is right at `now_s` and later than the last one that was used.
    #[must_use]
    pub fn step(&self, code: &str, now_s: u64, last_step: i64) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = i64::try_from(self.totp(None).check(&code, now_s)?).ok()?;
        (step > last_step).then_some(step)
    }

    /// The code at this moment, as an authenticator shows it.
    #[must_use]
    pub fn code(&self, now_s: u64) -> String {
        self.totp(None).generate(now_s).to_string()
    }

    fn totp(&self, account: Option<String>) -> Totp {
        let secret = Secret::new(self.0.as_bytes().into());
        let builder = Builder::new().with_secret(secret).with_skew(SKEW).with_issuer(Some(ISSUER));
        let builder = match account {
            Some(account) => builder.with_account_name(account),
            None => builder,
        };
        builder.build_noncompliant()
    }
}

/// A code that stands in for the second factor, once.
#[derive(Clone)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// New codes.
    #[must_use]
    pub fn draw() -> Vec<Self> {
        (0..RECOVERY_CODES).map(|_| Self(random::text(ALPHABET, RECOVERY_LETTERS))).collect()
    }

    /// Reads a code, with whatever stands between its groups; nothing when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>();
        let letters = letters.to_lowercase();
        let is_one =
            letters.len() == RECOVERY_LETTERS && letters.bytes().all(|c| ALPHABET.contains(&c));
        is_one.then_some(Self(letters))
    }

    /// The code as it is shown, once.
    #[must_use]
    pub fn reveal(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        let groups = letters.chunks(RECOVERY_GROUP).map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret of its SHA-1 examples.
    const EXAMPLE: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc_and_work_once() {
        let secret = TotpSecret::from_stored(EXAMPLE);
        // The RFC shows eight digits, and six are their end.
        for (now_s, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")]
        {
            assert_eq!(secret.code(now_s), code);
            let step = i64::try_from(now_s / 30).expect("a step");
            assert_eq!(secret.step(code, now_s, 0), Some(step));
            assert_eq!(secret.step(code, now_s + 30, 0), Some(step), "a clock may be late");
            assert_eq!(secret.step(code, now_s + 90, 0), None, "but not that late");
            assert_eq!(secret.step(code, now_s, step), None, "it was used");
        }
        for bad in ["", "28708", "2870820", "28708x", "+87082"] {
            assert_eq!(secret.step(bad, 59, 0), None, "{bad}");
        }
        assert_eq!(secret.step("287 082", 59, 0), Some(1));
    }

    #[test]
    fn a_secret_is_told_to_an_authenticator() {
        let secret = TotpSecret::random();
        assert_eq!(secret.bytes().len(), 20);
        let email = Email::parse("a:b@example.com").expect("an address");
        let url = secret.url(&email);
        assert!(url.starts_with("otpauth://totp/Carom:a_b%40example.com?"), "{url}");
        assert!(url.contains(&format!("secret={}", secret.base32())), "{url}");
        let read = TotpSecret::from_base32(&secret.base32()).expect("a secret");
        assert_eq!(read.bytes(), secret.bytes());
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let codes = RecoveryCode::draw();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let shown = codes[0].reveal();
        assert_eq!(shown.len(), 19);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            let read = RecoveryCode::parse(&typed).expect("a code");
            assert_eq!(read.digest(), codes[0].digest());
        }
        assert_ne!(codes[0].digest(), codes[1].digest());
        for bad in ["", "123456", "****-****-****-****", &shown[1..]] {
            assert!(RecoveryCode::parse(bad).is_none(), "{bad}");
        }
    }
}
