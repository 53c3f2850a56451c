//! The admin API's calls that a load test needs: create, change and delete a link, read its clicks.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::{Deserialize, Serialize};

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A client of the admin listener.
pub(crate) struct Admin {
    client: Client,
    base: Url,
}

/// Why a call had no effect, or none that we know of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    /// The key cannot be sent: it holds a line break or another character that no header may hold.
    #[error("the key cannot stand in a header")]
    Key(#[from] reqwest::header::InvalidHeaderValue),
    /// The client cannot be built.
    #[error("no client could be built")]
    Client(#[from] reqwest::Error),
    /// No whole answer, or one that is not what the API promises.
    #[error("{call} got no usable answer")]
    NoAnswer {
        call: String,
        #[source]
        cause: reqwest::Error,
    },
    /// An answer with another status than the one promised.
    #[error("{call} was answered with {status}: {body}")]
    Refused { call: String, status: StatusCode, body: String },
}

/// A link as the API shows it after creating it.
#[derive(Deserialize)]
pub(crate) struct Created {
    /// Its name in the API.
    pub(crate) id: String,
    /// Its name at the edge.
    pub(crate) code: String,
    /// Where the link leads.
    pub(crate) url: String,
}

/// How often a link was visited, as the API counts it.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Clicks {
    /// All that were counted: stored and pending.
    pub(crate) total: u64,
    /// Those that are in the store.
    pub(crate) stored: u64,
    /// Those that are on their way there.
    pub(crate) pending: u64,
}

#[derive(Serialize)]
struct NewLink<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Admin {
    /// A client of the admin listener at `base`, with the API key `key`.
    pub(crate) fn new(base: Url, key: &str) -> Result<Self, AdminError> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {key}"))?;
        bearer.set_sensitive(true);
        let client = Client::builder()
            .user_agent("carom-loadtest")
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_LIMIT)
            .build()?;
        Ok(Self { client, base })
    }

    /// Creates a link to `url`, with the code `code` or one of the server's choice.
    pub(crate) async fn create(
        &self,
        url: &str,
        code: Option<&str>,
    ) -> Result<Created, AdminError> {
        let call = Call::new(Method::POST, "shorten".to_owned());
        let request = self.request(&call).json(&NewLink { url, code });
        let response = call.send(request, StatusCode::CREATED).await?;
        response.json().await.map_err(|cause| call.no_answer(cause))
    }

    /// Makes the link `id` lead to `url`.
    pub(crate) async fn change_target(&self, id: &str, url: &str) -> Result<(), AdminError> {
        let call = Call::new(Method::PATCH, format!("api/v1/links/{id}"));
        let request = self.request(&call).json(&NewLink { url, code: None });
        call.finish(request, StatusCode::OK).await
    }

    /// Deletes the link `id`.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), AdminError> {
        let call = Call::new(Method::DELETE, format!("api/v1/links/{id}"));
        call.finish(self.request(&call), StatusCode::NO_CONTENT).await
    }

    /// Reads how often the link `id` was visited.
    pub(crate) async fn clicks(&self, id: &str) -> Result<Clicks, AdminError> {
        let call = Call::new(Method::GET, format!("api/v1/links/{id}/clicks"));
        let response = call.send(self.request(&call), StatusCode::OK).await?;
        response.json().await.map_err(|cause| call.no_answer(cause))
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&call.path);
        self.client.request(call.method.clone(), url)
    }
}

/// What is asked of the API, as an error names it.
struct Call {
    method: Method,
    path: String,
}

impl Call {
    fn new(method: Method, path: String) -> Self {
        Self { method, path }
    }

    async fn send(
        &self,
        request: RequestBuilder,
        promised: StatusCode,
    ) -> Result<Response, AdminError> {
        let response = request.send().await.map_err(|cause| self.no_answer(cause))?;
        let status = response.status();
        if status == promised {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        Err(AdminError::Refused { call: self.to_string(), status, body })
    }

    /// Also reads the body to its end, so that the connection can be used again.
    async fn finish(
        &self,
        request: RequestBuilder,
        promised: StatusCode,
    ) -> Result<(), AdminError> {
        let response = self.send(request, promised).await?;
        response.bytes().await.map_err(|cause| self.no_answer(cause))?;
        Ok(())
    }

    fn no_answer(&self, cause: reqwest::Error) -> AdminError {
        AdminError::NoAnswer { call: self.to_string(), cause: cause.without_url() }
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} /{}", self.method, self.path)
    }
}
