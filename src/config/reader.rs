//! Takes the settings' texts and numbers as what they stand for, within their bounds.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Settings;
use super::problem::Problems;
use super::settings::{Raw, Setting};

/// Reads values and collects what is wrong with them. A bad value is read as its default, so that
/// reading goes on.
pub(super) struct Reader<'a> {
    settings: &'a Settings,
    problems: &'a mut Problems,
    taken: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(settings: &'a Settings, problems: &'a mut Problems) -> Self {
        Self { settings, problems, taken: BTreeSet::new() }
    }

    /// All settings.
    pub(super) fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// A count.
    pub(super) fn count(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> usize {
        self.number(key, bounds) as usize
    }

    /// A time in milliseconds.
    pub(super) fn millis(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.number(key, bounds).into())
    }

    /// A time in seconds.
    pub(super) fn seconds(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(self.number(key, bounds).into())
    }

    /// A time in days of 24 hours.
    pub(super) fn days(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(24 * 3600 * u64::from(self.number(key, bounds)))
    }

    /// An address and a port.
    pub(super) fn address(&mut self, key: &'static str) -> SocketAddr {
        self.text(key, |text| {
            text.parse().map_err(|_| {
                "is no IP address with a port: write one such as 127.0.0.1:8080 or [::]:8080".into()
            })
        })
    }

    /// A text as `read` understands it; `read` says what is wrong in words that follow "which".
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        let setting = self.take(key);
        let read = |raw: &Raw| match raw {
            Raw::Text(text) => read(text),
            Raw::Number(_) | Raw::Switch(_) => Err("is no text".to_owned()),
        };
        read(&setting.value).unwrap_or_else(|wrong| {
            self.refuse(setting, &wrong);
            read(&setting.default).expect("config.toml's own values are good")
        })
    }

    /// A number.
    pub(super) fn number(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> u32 {
        let setting = self.take(key);
        let read = |raw: &Raw| match raw {
            Raw::Number(number) => u32::try_from(*number).ok().filter(|it| bounds.contains(it)),
            Raw::Switch(_) | Raw::Text(_) => None,
        };
        read(&setting.value).unwrap_or_else(|| {
            let (least, most) = bounds.clone().into_inner();
            self.refuse(setting, &format!("must be a number from {least} to {most}"));
            read(&setting.default).expect("config.toml's own values are good")
        })
    }

    /// Yes or no.
    pub(super) fn switch(&mut self, key: &'static str) -> bool {
        match self.take(key).value {
            Raw::Switch(switch) => switch,
            // A value of another kind is refused where the layers are put together.
            Raw::Number(_) | Raw::Text(_) => false,
        }
    }

    fn take(&mut self, key: &'static str) -> &'a Setting {
        self.taken.insert(key);
        self.settings.of(key)
    }

    fn refuse(&mut self, setting: &Setting, wrong: &str) {
        let Setting { key, origin, .. } = setting;
        self.problems.add(format!("{key} is `{}` ({origin}), which {wrong}", setting.shown()));
    }

    /// Keys that were not read.
    #[cfg(test)]
    pub(super) fn untaken(&self) -> Vec<&'a str> {
        let keys = self.settings.iter().map(|setting| setting.key.as_str());
        keys.filter(|key| !self.taken.contains(key)).collect()
    }
}
