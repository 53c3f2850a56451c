//! The edge listener as a visitor sees it: one request, its whole answer, and the time both took.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderValue, LOCATION};
use reqwest::{Client, Method, Request, StatusCode, Url, redirect, retry};

/// Longer than any answer worth waiting for; it bounds a run against a server that hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A browser's, so that visits are counted as people and take the usual way through enrichment.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A client of the edge listener, shared by all visitors; its pool keeps one connection for each.
pub(crate) struct Edge {
    client: Client,
    base: Url,
}

/// A whole answer of the edge.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The `Location` header, if the answer had one.
    pub(crate) location: Option<HeaderValue>,
    /// From just before sending until the last byte of the body.
    pub(crate) took: Duration,
}

impl Edge {
    /// A client of the edge listener at `base`.
    pub(crate) fn new(base: Url) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            // A request sent twice may be counted twice, and the accounts would not balance.
            .retry(retry::never())
            .no_proxy()
            .timeout(ANSWER_LIMIT)
            .build()?;
        Ok(Self { client, base })
    }

    /// The short link of `code`.
    pub(crate) fn short_url(&self, code: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(code);
        url
    }

    /// Requests `url` and reads the whole answer. It must not be dropped halfway: the server may have counted by then.
    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, reqwest::Error> {
        let sent = Instant::now();
        let mut response = self
            .client
            .execute(Request::new(Method::GET, url.clone()))
            .await?;
        let location = response.headers_mut().remove(LOCATION);
        let status = response.status();
        while response.chunk().await?.is_some() {}
        Ok(Answer {
            status,
            location,
            took: sent.elapsed(),
        })
    }
}
