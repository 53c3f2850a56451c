//! User agents that were parsed, and how many more may be parsed this second.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Instant;

use super::bots;
use super::budget::Budget;
use super::device::{self, DeviceClass};
use super::recent::Recent;
use super::remembered::Remembered;
use super::rules::Rules;

/// User agents that are remembered.
const AGENTS_MAX: usize = 65_536;

/// Names of browsers and systems that are remembered; there are a few hundred, and whatever
/// visitors make up.
const NAMES_MAX: usize = 4_096;

/// What is said of a user agent that there was no time for.
const UNPARSED: &str = "unparsed";

/// What uap-core calls the device of a program.
const PROGRAM: &str = "Spider";

/// What a user agent says of its visitor.
#[derive(Debug, Clone, Default)]
pub(super) struct Agent {
    /// Whether it is a program's.
    pub(super) is_bot: bool,
    /// The browser's family.
    pub(super) browser: Option<Arc<str>>,
    /// The operating system's family.
    pub(super) system: Option<Arc<str>>,
    /// The device's class.
    pub(super) device: Option<Arc<str>>,
}

#[derive(Debug)]
pub(super) struct Agents {
    rules: Option<Rules>,
    // Random keys, as for texts: a user agent must not be able to take another's place.
    hasher: RandomState,
    known: Recent<Agent>,
    names: Remembered,
    budget: Budget,
    unparsed: Arc<str>,
}

impl Agents {
    pub(super) fn new(per_second_max: u32) -> Self {
        Self {
            rules: None,
            hasher: RandomState::new(),
            known: Recent::new(AGENTS_MAX),
            names: Remembered::new(NAMES_MAX),
            budget: Budget::new(per_second_max),
            unparsed: UNPARSED.into(),
        }
    }

    /// Renews the budget.
    pub(super) fn tick(&mut self, now: Instant) {
        self.budget.renew(now);
    }

    /// What a user agent says; nothing if there is none.
    pub(super) fn of(&mut self, user_agent: &[u8]) -> Agent {
        if user_agent.is_empty() {
            return Agent::default();
        }
        let key = self.hasher.hash_one(user_agent);
        if let Some(known) = self.known.get(key) {
            return known.clone();
        }
        // A request can bring a new one every time: beyond the budget they cost a search for known
        // programs, and are not remembered, so that they push out nobody.
        if !self.budget.take() {
            return self.unparsed(user_agent);
        }
        let agent = self.parse(user_agent);
        self.known.insert(key, agent.clone());
        agent
    }

    fn unparsed(&self, user_agent: &[u8]) -> Agent {
        let unparsed = Some(&self.unparsed);
        Agent {
            is_bot: bots::is_bot(user_agent),
            browser: unparsed.cloned(),
            system: unparsed.cloned(),
            device: unparsed.cloned(),
        }
    }

    fn parse(&mut self, user_agent: &[u8]) -> Agent {
        let text = String::from_utf8_lossy(user_agent);
        // Some 100 ms, which nobody waits for who has no clicks.
        let rules = self.rules.get_or_insert_with(Rules::compiled_in);
        let named = rules.name(&text);
        let is_bot = bots::is_bot(user_agent)
            || (named.device.as_deref() == Some(PROGRAM) && !bots::may_be_a_model(&text));
        let device = match is_bot {
            true => DeviceClass::Bot,
            false => device::class(&text, named.system.as_deref(), named.device.as_deref()),
        };
        let names = &mut self.names;
        let mut shared = |name: Option<&str>| name.and_then(|name| names.name(name));
        Agent {
            is_bot,
            browser: shared(named.browser.as_deref()),
            system: shared(named.system.as_deref()),
            device: shared(Some(device.name())),
        }
    }
}
