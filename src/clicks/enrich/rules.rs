//! uap-core's rules for user agents, compiled in: `third_party/uap-core`.

use std::borrow::Cow;
use std::fmt;

use ua_parser::{device, os, user_agent};

/// One rule a line, `kind flag name regex`, parted by tabs; `#` begins a comment. The first rule of
/// a kind that matches decides.
const RULES: &str = include_str!("../../../third_party/uap-core/rules.tsv");

/// The name that uap-core gives to what it does not tell apart.
const UNKNOWN: &str = "Other";

/// Finds out what a user agent is.
pub(super) struct Rules {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
    devices: device::Extractor<'static>,
}

/// What the rules call a user agent.
pub(super) struct Named<'t> {
    /// The browser's family.
    pub(super) browser: Option<Cow<'t, str>>,
    /// The operating system's family.
    pub(super) system: Option<Cow<'t, str>>,
    /// The device's family: a model, a make, or a generic name.
    pub(super) device: Option<Cow<'t, str>>,
}

impl Rules {
    /// Compiles the rules.
    ///
    /// # Panics
    /// Never: the rules are part of the program, and compile.
    pub(super) fn compiled_in() -> Self {
        let mut browsers = user_agent::Builder::new();
        let mut systems = os::Builder::new();
        let mut devices = device::Builder::new();
        for line in RULES.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&'static str> = line.split('\t').collect();
            let [kind, flag, name, regex] = fields[..] else {
                panic!("a rule has four fields: {line}");
            };
            let name = (!name.is_empty()).then_some(Cow::Borrowed(name));
            let regex = Cow::Borrowed(regex);
            match kind {
                "browser" => {
                    let rule = user_agent::Parser {
                        regex,
                        family_replacement: name,
                        ..Default::default()
                    };
                    browsers = browsers.push(rule).expect("a browser's rule compiles");
                }
                "system" => {
                    let rule = os::Parser { regex, os_replacement: name, ..Default::default() };
                    systems = systems.push(rule).expect("a system's rule compiles");
                }
                _ => {
                    let regex_flag = (flag == "i").then_some(device::Flag::IgnoreCase);
                    let rule = device::Parser {
                        regex,
                        regex_flag,
                        device_replacement: name,
                        ..Default::default()
                    };
                    devices = devices.push(rule).expect("a device's rule compiles");
                }
            }
        }
        Self {
            browsers: browsers.build().expect("the browsers' rules compile"),
            systems: systems.build().expect("the systems' rules compile"),
            devices: devices.build().expect("the devices' rules compile"),
        }
    }

    /// What a user agent is called.
    pub(super) fn name<'t>(&'t self, user_agent: &'t str) -> Named<'t> {
        let known = |name: Cow<'t, str>| (name != UNKNOWN && !name.is_empty()).then_some(name);
        Named {
            browser: self.browsers.extract(user_agent).and_then(|found| known(found.family)),
            system: self.systems.extract(user_agent).and_then(|found| known(found.os)),
            device: self.devices.extract(user_agent).and_then(|found| known(found.device)),
        }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules(uap-core)")
    }
}
