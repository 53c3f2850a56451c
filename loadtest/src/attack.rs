//! Runs visitors and editors side by side, as users of goose, until time is up.
//!
//! Goose ends a user between two transactions, never within one, and then waits for it. Here all
//! that a user does is one transaction, which returns by itself once time is up and its last answer
//! is in. So no request is dropped halfway, and what the server counted must equal what was answered.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use goose::GooseError;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::TransactionFunction;
use goose::prelude::{GooseAttack, Scenario, Transaction};
use reqwest::Url;
use tokio::time::sleep_until;

use crate::admin::Admin;
use crate::edge::Edge;
use crate::editor::keep_editing;
use crate::options::Options;
use crate::pace::Pace;
use crate::table::{Link, Table};
use crate::tally::Tally;
use crate::visitor::keep_visiting;

/// What all users of an attack share.
pub(crate) struct Attack {
    /// The listener that visitors visit.
    pub(crate) edge: Edge,
    /// The listener that editors write to.
    pub(crate) admin: Admin,
    /// The links that visitors know.
    pub(crate) table: Table,
    pace: Option<Pace>,
    length: Duration,
    begun: OnceLock<Instant>,
    books: Mutex<Books>,
}

/// What all users saw, added up.
pub(crate) struct Books {
    /// All tallies in one.
    pub(crate) tally: Tally,
    /// The links that editors left behind.
    pub(crate) kept: Vec<Link>,
    /// From the first user's start until the last one's end.
    pub(crate) lasted: Duration,
    users: usize,
}

/// Why an attack is not worth a report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AttackError {
    /// Goose did not run it.
    #[error(transparent)]
    Goose(#[from] GooseError),
    /// Some users never came to their end, so what they saw is not known.
    #[error("only {ended} of {users} visitors and editors came to their end")]
    UsersLost { ended: usize, users: usize },
}

impl Attack {
    /// An attack that begins when its first user does, lasts `length`, and is held to `pace`.
    pub(crate) fn new(
        edge: Edge,
        admin: Admin,
        table: Table,
        length: Duration,
        pace: Option<Pace>,
    ) -> Self {
        Self {
            edge,
            admin,
            table,
            pace,
            length,
            begun: OnceLock::new(),
            books: Mutex::new(Books::empty()),
        }
    }

    /// Waits for the turn to send, where `--rate-max` asks for it. False: time is up.
    pub(crate) async fn may_send(&self) -> bool {
        match &self.pace {
            Some(pace) => self.wait_until(pace.next_moment(Instant::now())).await,
            None => self.is_running(),
        }
    }

    /// Waits until `moment`, but not longer than the attack lasts. False: time is up.
    pub(crate) async fn wait_until(&self, moment: Instant) -> bool {
        sleep_until(moment.min(self.end()).into()).await;
        self.is_running()
    }

    /// Takes what a user saw, and the links it left behind.
    pub(crate) fn hand_in(&self, tally: Tally, kept: Vec<Link>) {
        let mut books = self.books();
        books.tally.add(tally);
        books.kept.extend(kept);
        books.users += 1;
        books.lasted = self.begun().elapsed();
    }

    /// What all users saw. Empty if called again.
    pub(crate) fn close_books(&self) -> Books {
        std::mem::replace(&mut *self.books(), Books::empty())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_running(&self) -> bool {
        // Goose sets its kill switch at Ctrl-C.
        Instant::now() < self.end() && !goose::is_killswitch_triggered()
    }

    fn begun(&self) -> Instant {
        *self.begun.get_or_init(Instant::now)
    }

    fn end(&self) -> Instant {
        self.begun() + self.length
    }
}

impl Books {
    fn empty() -> Self {
        Self { tally: Tally::new(), kept: Vec::new(), lasted: Duration::ZERO, users: 0 }
    }
}

/// Lets goose run all users to their end.
pub(crate) async fn run(attack: &Arc<Attack>, options: &Options) -> Result<(), AttackError> {
    let mut goose = GooseAttack::initialize_with_config(configuration(options))?
        // We bring our own connections. Unasked, goose would build an unused client for each user.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?
        .register_scenario(scenario("visitors", options.visitors, visitor(Arc::clone(attack)))?);
    if options.editors > 0 {
        goose = goose.register_scenario(scenario(
            "editors",
            options.editors,
            editor(Arc::clone(attack)),
        )?);
    }
    Box::pin(goose.execute()).await?;

    let (ended, users) = (attack.books().users, options.users());
    if ended == users { Ok(()) } else { Err(AttackError::UsersLost { ended, users }) }
}

fn visitor(attack: Arc<Attack>) -> TransactionFunction {
    Arc::new(move |_user| {
        let attack = Arc::clone(&attack);
        Box::pin(async move {
            keep_visiting(&attack).await;
            Ok(())
        })
    })
}

fn editor(attack: Arc<Attack>) -> TransactionFunction {
    Arc::new(move |_user| {
        let attack = Arc::clone(&attack);
        Box::pin(async move {
            keep_editing(&attack).await;
            Ok(())
        })
    })
}

/// Goose hands users out by weight: weights that add up to all users give each scenario its own.
fn scenario(
    name: &str,
    users: usize,
    transaction: TransactionFunction,
) -> Result<Scenario, GooseError> {
    // On start, because that runs once. Any other is called again until goose's own time is up.
    let once = Transaction::new(transaction).set_on_start();
    Scenario::new(name).register_transaction(once).set_weight(users)
}

fn configuration(options: &Options) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(String::from(Url::as_str(&options.edge)));
    configuration.users = Some(options.users());
    // A rate a second: all have started after a tenth of one.
    configuration.increase_rate = Some((options.users() * 10).to_string());
    // Begins when the last user has started, so it ends after the time of any of them.
    configuration.run_time = Some(options.length().as_secs().to_string());
    // Our tallies know microseconds and check answers; goose would only repeat them.
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.quiet = 1;
    // Otherwise anyone on this machine could steer the attack through port 5116.
    configuration.no_telnet = true;
    configuration
}
