//! Runs visitors and editors side by side, as users of goose, until time is up.
//!
//! Goose stops a user between two transactions, never within one, and waits for it to end. Here a user's whole visit is
//! one transaction, which ends by itself once time is up and its last answer is in. So no request is ever dropped
//! halfway, and what the server counted must equal what was answered.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use goose::GooseError;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, TransactionFunction};
use goose::prelude::{GooseAttack, Scenario, Transaction};
use reqwest::Url;

use crate::admin::Admin;
use crate::edge::Edge;
use crate::editor::keep_editing;
use crate::options::Options;
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
}

impl Attack {
    /// An attack that begins when its first user does, and lasts `length`.
    pub(crate) fn new(edge: Edge, admin: Admin, table: Table, length: Duration) -> Self {
        let books = Books {
            tally: Tally::new(),
            kept: Vec::new(),
            lasted: Duration::ZERO,
        };
        Self {
            edge,
            admin,
            table,
            length,
            begun: OnceLock::new(),
            books: Mutex::new(books),
        }
    }

    /// Whether time is not up yet and nobody pressed Ctrl-C.
    pub(crate) fn is_running(&self) -> bool {
        Instant::now() < self.end() && !goose::is_killswitch_triggered()
    }

    /// Waits until `user` may send, where `--rate-max` makes it wait. False: it must stop instead.
    pub(crate) async fn may_send(&self, user: &GooseUser) -> bool {
        let Some(throttle) = &user.throttle else {
            return self.is_running();
        };
        // Under a low rate the queue for a token is longer than the attack.
        let token = tokio::time::timeout_at(self.end().into(), throttle.send_async(true)).await;
        matches!(token, Ok(Ok(()))) && self.is_running()
    }

    /// Takes what a user saw, and the links it left behind.
    pub(crate) fn hand_in(&self, tally: Tally, kept: Vec<Link>) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.tally.add(tally);
        books.kept.extend(kept);
        books.lasted = self.begun().elapsed();
    }

    /// What all users saw. Empty if called again.
    pub(crate) fn close_books(&self) -> Books {
        let empty = Books {
            tally: Tally::new(),
            kept: Vec::new(),
            lasted: Duration::ZERO,
        };
        std::mem::replace(
            &mut self.books.lock().unwrap_or_else(PoisonError::into_inner),
            empty,
        )
    }

    fn begun(&self) -> Instant {
        *self.begun.get_or_init(Instant::now)
    }

    fn end(&self) -> Instant {
        self.begun() + self.length
    }
}

/// Lets goose run all users to their end.
pub(crate) async fn run(attack: &Arc<Attack>, options: &Options) -> Result<(), GooseError> {
    let mut goose = GooseAttack::initialize_with_config(configuration(options))?
        // Goose's own client follows redirects, so ours are used; this builds one for all users instead of one for each.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?
        .register_scenario(scenario(
            "visitors",
            options.visitors,
            visitor(Arc::clone(attack)),
        )?);
    if options.editors > 0 {
        goose = goose.register_scenario(scenario(
            "editors",
            options.editors,
            editor(Arc::clone(attack)),
        )?);
    }
    Box::pin(goose.execute()).await?;
    Ok(())
}

fn visitor(attack: Arc<Attack>) -> TransactionFunction {
    Arc::new(move |user| {
        let attack = Arc::clone(&attack);
        Box::pin(async move {
            keep_visiting(&attack, user).await;
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

/// Goose hands its users out by weight, so weights that add up to all users give each scenario exactly its own.
fn scenario(
    name: &str,
    users: usize,
    transaction: TransactionFunction,
) -> Result<Scenario, GooseError> {
    Scenario::new(name)
        .register_transaction(Transaction::new(transaction))
        .set_weight(users)
}

fn configuration(options: &Options) -> GooseConfiguration {
    let users = options.visitors + options.editors;
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(String::from(Url::as_str(&options.edge)));
    configuration.users = Some(users);
    // All within a tenth of a second.
    configuration.increase_rate = Some((users * 10).to_string());
    // One transaction a user; a run time would be goose's to keep, to the next half second.
    configuration.iterations = Some(1);
    configuration.throttle_requests = options.rate_max;
    // Our tallies know microseconds and check answers; goose would only repeat them.
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.quiet = 1;
    // Otherwise anyone on this machine could steer the attack through port 5116.
    configuration.no_telnet = true;
    configuration
}
