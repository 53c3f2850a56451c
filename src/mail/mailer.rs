//! Handing a mail over to the server, within a deadline.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::letter::{Invitation, NoAddress};
use super::server::{Security, Sender, Server};

/// Time for a mail to be taken.
pub const DEADLINE: Duration = Duration::from_secs(20);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Sends mails.
#[derive(Debug, Clone)]
pub struct Mailer {
    server: Server,
    from: Sender,
    deadline: Duration,
}

/// Why a mail was not handed over. Nothing of it holds the address, so that it may be logged.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// There is no such address in mail.
    #[error("no mail can be sent to this address")]
    NoAddress,
    /// The server did not take it in time. It may arrive all the same.
    #[error("the mail server did not take the mail within {0:?}")]
    TimedOut(Duration),
    /// The server did not want it.
    #[error("the mail server refused the mail with the code {0}")]
    Refused(u16),
    /// The server cannot be reached, or not safely.
    #[error("the mail server cannot be spoken to")]
    Unreachable(#[source] lettre::transport::smtp::Error),
    /// The server does not speak SMTP.
    #[error("the mail server answered with something that is not SMTP")]
    NotSmtp,
}

impl Mailer {
    /// Sends through this server, and waits no longer than `deadline` for it.
    #[must_use]
    pub fn new(server: Server, from: Sender, deadline: Duration) -> Self {
        Self { server, from, deadline }
    }

    /// Hands an invitation over. That the server took it does not say that it arrives.
    ///
    /// # Errors
    /// It did not take it.
    pub async fn send_invitation(&self, invitation: &Invitation<'_>) -> Result<(), Unsent> {
        let message = invitation.message(&self.from).map_err(|NoAddress| Unsent::NoAddress)?;
        let sent = tokio::time::timeout(self.deadline, self.send(message)).await;
        sent.unwrap_or(Err(Unsent::TimedOut(self.deadline)))
    }

    async fn send(&self, message: Message) -> Result<(), Unsent> {
        let (server, deadline) = (self.server.clone(), self.deadline);
        // It reads the system's certificates.
        let transport = tokio::task::spawn_blocking(move || transport(server, deadline)).await;
        let transport = transport.expect("making a transport does not panic");
        let sent = transport.map_err(Unsent::Unreachable)?.send(message).await;
        sent.map(drop).map_err(|error| self.unsent(error))
    }

    /// A server's answer may repeat the address, so only its code is kept.
    fn unsent(&self, error: lettre::transport::smtp::Error) -> Unsent {
        match error.status() {
            Some(code) => Unsent::Refused(code.into()),
            None if error.is_response() => Unsent::NotSmtp,
            None if error.is_timeout() => Unsent::TimedOut(self.deadline),
            None => Unsent::Unreachable(error),
        }
    }
}

fn transport(
    server: Server,
    deadline: Duration,
) -> Result<Transport, lettre::transport::smtp::Error> {
    let Server { host, port, security, credentials } = server;
    let tls = match security {
        Security::Tls => Tls::Wrapper(TlsParameters::new(host.clone())?),
        Security::StartTls => Tls::Required(TlsParameters::new(host.clone())?),
        Security::None => Tls::None,
    };
    let mut builder =
        Transport::builder_dangerous(host).port(port).tls(tls).timeout(Some(deadline));
    if let Some((user, password)) = credentials {
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}
