//! The listening connection: rings the doorbell for every change that somebody commits.
//!
//! A connection of its own, outside the pools, that never opens a transaction: a listener inside one
//! would make the server keep every notification. It is reopened when it ends, for ever.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::model::random;
use crate::model::time::Millis;
use crate::store::doorbell::Doorbell;
use crate::telemetry;

/// Where changes are announced, in the whole database. Stores that share one hear each other's rings,
/// which costs a reading and nothing else.
const LISTEN: &str = "LISTEN carom_changes";

/// Pause before it is opened again, and up to a quarter more, so that nodes do not come all at once.
const PAUSE: Duration = Duration::from_secs(1);

/// The same on a standby, until it is promoted.
const STANDBY_PAUSE: Duration = Duration::from_secs(60);

/// Time for the connection to be opened, and to answer that it is there.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Silence after which it is asked whether it is there: a peer that vanished says nothing either.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// What announces a change in the transaction that makes it. `since` is its earliest entry's stamp.
pub(super) fn announcement(since: Millis) -> String {
    format!("NOTIFY carom_changes, '{}'", since.get())
}

/// Listens on behalf of a node.
pub(super) struct Listener {
    pub(super) config: Config,
    pub(super) connector: MakeRustlsConnect,
    pub(super) bell: Arc<Doorbell>,
}

/// Why nothing is heard.
enum Silence {
    /// The connection ended, or could not be had.
    Lost(String),
    /// `LISTEN` is not for standbys.
    Standby,
}

/// What was said of it last, so that nothing is said twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    IsLost,
    IsStandby,
}

impl Listener {
    /// Listens for ever.
    pub(super) async fn run(self) {
        let mut said = Said::Nothing;
        loop {
            let silence = self.hear(&mut said).await;
            self.bell.set_heard(false);
            let pause = match silence {
                Silence::Lost(why) => {
                    if said != Said::IsLost {
                        tracing::warn!(%why, "changes do not ring here: the change log is read every second");
                    }
                    said = Said::IsLost;
                    PAUSE + Duration::from_millis(random::bytes::<1>()[0].into())
                }
                Silence::Standby => {
                    if said != Said::IsStandby {
                        tracing::info!(
                            "changes do not ring on a standby: the change log is read every second"
                        );
                    }
                    said = Said::IsStandby;
                    STANDBY_PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Opens the connection and listens until it ends.
    async fn hear(&self, said: &mut Said) -> Silence {
        let connecting = self.config.connect(self.connector.clone());
        let (client, mut connection) = match tokio::time::timeout(ANSWER_MAX, connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return silence(&error),
            Err(late) => return Silence::Lost(late.to_string()),
        };
        let mut messages = stream::poll_fn(move |cx| connection.poll_message(cx));
        if let Err(silence) = self.meanwhile(&mut messages, client.batch_execute(LISTEN)).await {
            return silence;
        }
        self.bell.set_heard(true);
        if *said != Said::Nothing {
            tracing::info!("changes ring here again");
            *said = Said::Nothing;
        }
        // For what was changed while nobody listened.
        self.bell.ring(None);
        loop {
            match tokio::time::timeout(SILENCE_MAX, messages.next()).await {
                Ok(message) => {
                    if let Err(silence) = self.take(message) {
                        return silence;
                    }
                }
                Err(_) => {
                    let asked = self.meanwhile(&mut messages, client.batch_execute("")).await;
                    if let Err(silence) = asked {
                        return silence;
                    }
                }
            }
        }
    }

    /// Waits for an answer, while what comes meanwhile is taken.
    async fn meanwhile(
        &self,
        messages: &mut (impl Stream<Item = Result<AsyncMessage, Error>> + Unpin),
        answer: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Silence> {
        let answered = async {
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    answered = &mut answer => return answered.map_err(|error| silence(&error)),
                    message = messages.next() => self.take(message)?,
                }
            }
        };
        match tokio::time::timeout(ANSWER_MAX, answered).await {
            Ok(answered) => answered,
            Err(late) => Err(Silence::Lost(late.to_string())),
        }
    }

    fn take(&self, message: Option<Result<AsyncMessage, Error>>) -> Result<(), Silence> {
        match message {
            Some(Ok(AsyncMessage::Notification(ring))) => {
                // Whatever else somebody may announce there is a reason to look, too.
                self.bell.ring(ring.payload().parse().ok().map(Millis::from_epoch));
                Ok(())
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(silence(&error)),
            None => Err(Silence::Lost("the connection was closed".to_owned())),
        }
    }
}

fn silence(error: &Error) -> Silence {
    if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
        return Silence::Standby;
    }
    Silence::Lost(telemetry::in_full(error))
}
