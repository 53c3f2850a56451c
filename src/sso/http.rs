//! Requests to the provider: few bytes, not long, nowhere else.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use crate::model::host::is_loopback;

/// Bytes of an answer at most.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Speaks HTTP with the provider.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
}

/// Why there is no answer to work with.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// Nothing came back, or not in time.
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    /// The provider cannot do it now (RFC 9110 §15.6), or not so often (RFC 6585 §4).
    #[error("the provider answered with the status {0}")]
    NotNow(u16),
    /// More than anybody should read.
    #[error("the answer has more than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

impl Http {
    /// For this issuer, with this much time for one request.
    pub(super) fn new(issuer: &str, patience: Duration) -> Result<Self, reqwest::Error> {
        let is_plain = issuer.starts_with("http:");
        let builder = Client::builder()
            // A redirect could lead a secret elsewhere.
            .redirect(Policy::none())
            .referer(false)
            .timeout(patience)
            // What an https provider names must be https too.
            .https_only(!is_plain);
        // A proxy knows another loopback.
        let issuer = Url::parse(issuer).ok();
        let is_local = issuer.as_ref().and_then(Url::host).is_some_and(|host| is_loopback(&host));
        let builder = if is_local { builder.no_proxy() } else { builder };
        Ok(Self { client: builder.build()? })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.try_into().map_err(HttpError::Failed)?;
        let mut answer = self.client.execute(request).await.map_err(HttpError::Failed)?;
        let status = answer.status();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(HttpError::NotNow(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(HttpError::Failed)? {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_https_provider_is_asked_by_https_alone() {
        let http = Http::new("https://login.example", Duration::from_secs(5)).expect("a client");
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() = "http://127.0.0.1:1/tokens".parse().expect("a URI");
        let refused = http.send(request).await.expect_err("not https");
        assert!(matches!(&refused, HttpError::Failed(it) if it.is_builder()), "{refused:?}");
    }
}
