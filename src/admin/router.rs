//! Every route of the admin listener, and what holds for all of them.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::api::idempotency::UnderWay;
use super::api::people::{
    accept, invitations, me, members, oidc, session, sessions, setup, totp, ways_in, workspaces,
};
use super::api::{audit, batch, clicks, domains, keys, links, list, qr, shorten, stats};
use super::auth::Peer;
use super::pages::guest::lead_to;
use super::pages::refused::Reader;
use super::problem::{Kind, Problem};
use super::rate::{Rates, limited};
use super::serve::Limits;
use super::state::AdminState;
use super::{health, metrics, openapi, pages};
use crate::forwarded::TrustedProxies;

/// The admin listener's answers.
pub(super) fn router(state: Arc<AdminState>, limits: Limits, rates: Arc<Rates>) -> Router {
    let asked = if limits.has_api {
        api(&state, limits.body_bytes_max, rates).fallback(no_such_page)
    } else {
        Router::new().fallback(no_api)
    };
    asked
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::exposition))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Extension(UnderWay::default()))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(middleware::from_fn_with_state(limits.request_timeout, in_time))
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::map_response(guarded))
        .layer(middleware::map_request_with_state(Arc::new(limits.proxies), from_whom))
        .with_state(state)
}

/// What people and programs make, change and study links with.
///
/// A route is one because its handler says so (`#[utoipa::path]`): the document at `/openapi.json` has
/// every one of them.
fn api(state: &AdminState, body_bytes_max: usize, rates: Arc<Rates>) -> Router<Arc<AdminState>> {
    let (router, document) = OpenApiRouter::with_openapi(openapi::begin())
        .routes(routes!(list::list, shorten::create))
        .routes(routes!(links::read, links::change, links::delete))
        .routes(routes!(batch::run).layer(batch::body_limit(body_bytes_max)))
        .routes(routes!(clicks::count))
        .routes(routes!(qr::draw))
        .routes(routes!(stats::read::of_link))
        .routes(routes!(stats::visits::list))
        .routes(routes!(stats::visits::export))
        .routes(routes!(stats::read::of_workspace))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::read, keys::revoke))
        .routes(routes!(keys::rotate))
        .routes(routes!(audit::list))
        .routes(routes!(domains::read::list, domains::claim::create))
        .routes(routes!(domains::read::one, domains::change::change, domains::change::delete))
        .routes(routes!(domains::claim::verify))
        .routes(routes!(setup::set_up))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(ways_in::list))
        .routes(routes!(oidc::begin))
        .routes(routes!(oidc::finish))
        .routes(routes!(me::read, me::change))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end_one))
        .routes(routes!(totp::begin, totp::remove))
        .routes(routes!(totp::confirm))
        .routes(routes!(workspaces::list, workspaces::create))
        .routes(routes!(workspaces::read, workspaces::rename))
        .routes(routes!(members::list))
        .routes(routes!(members::change, members::remove))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::delete))
        .routes(routes!(accept::open))
        .routes(routes!(accept::accept))
        .route("/shorten", post(shorten::create))
        .split_for_parts();
    router
        .merge(pages())
        .route_layer(same_site(state))
        .route_layer(middleware::from_fn_with_state(rates, limited))
        .merge(openapi::routes(&openapi::finish(document)))
}

/// What people see in a browser.
fn pages() -> Router<Arc<AdminState>> {
    Router::new()
        .route("/", get(async || lead_to("/links")))
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::send))
        .route("/sign-out", post(pages::sign_in::out))
        .route("/set-up", get(pages::set_up::show).post(pages::set_up::send))
        .route("/invitation", get(pages::invitation::show).post(pages::invitation::send))
        .route("/links", get(pages::links::show).post(pages::links::send))
        .route("/links/act", post(pages::links::act))
        .route("/links/counts", get(pages::links::counts))
        .route("/links/{id}", get(pages::link::show).post(pages::link::save))
        .route("/links/{id}/qr", get(pages::link::qr))
        .route("/live", get(pages::live::show))
        .route("/live/events", get(pages::live::events))
        .route("/audit", get(pages::audit::show))
        .route("/audit.csv", get(pages::audit::table))
        .route("/system", get(pages::system::show))
        .route("/analytics", get(pages::analytics::show))
        .route("/analytics.csv", get(pages::analytics::export))
        .route("/analytics/visits.csv", get(pages::analytics::visits))
        .route("/keys", get(pages::keys::list::show).post(pages::keys::act::make))
        .route("/keys/{id}/rotate", post(pages::keys::act::rotate))
        .route("/keys/{id}/revoke", post(pages::keys::act::revoke))
        .route("/domains", get(pages::domains::list::show).post(pages::domains::act::claim))
        .route("/domains/{id}", get(pages::domains::show::show).post(pages::domains::save::save))
        .route("/domains/{id}/check", post(pages::domains::act::check))
        .route("/domains/{id}/give-up", post(pages::domains::act::give_up))
        .route("/people", get(pages::people::show::show).post(pages::people::act::invite))
        .route("/people/{id}/role", post(pages::people::act::change))
        .route("/people/{id}/remove", post(pages::people::act::remove))
        .route("/people/invitations/{id}/take-back", post(pages::people::act::take_back))
        .route("/account", get(pages::account::show::show))
        .route("/account/name", post(pages::account::act::name))
        .route("/account/password", post(pages::account::act::password))
        .route("/account/sessions/end", post(pages::account::act::end_others))
        .route("/account/sessions/{id}/end", post(pages::account::act::end))
        .route("/account/second-factor", post(pages::account::factor::begin))
        .route("/account/second-factor/confirm", post(pages::account::factor::confirm))
        .route("/account/second-factor/remove", post(pages::account::factor::remove))
        .route("/workspaces", get(pages::workspaces::show::show).post(pages::workspaces::act::make))
        .route("/workspaces/{id}/choose", post(pages::workspaces::act::choose))
        .route("/workspaces/{id}/name", post(pages::workspaces::act::rename))
        .route("/assets/icon.svg", get(pages::assets::icon))
        .route("/assets/{version}/{name}", get(pages::assets::file))
}

/// Refuses what a browser sends to change something from a page of another site, whatever its
/// credentials. What no browser sent (neither `Sec-Fetch-Site` nor `Origin`) passes, and no session's
/// cookie works on it.
fn same_site(
    state: &AdminState,
) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    let origin = state.sign_in.public_url.origin().ascii_serialization();
    CsrfLayer::new()
        .add_trusted_origin(origin)
        .expect("http or https, a host and a port make an origin")
        .with_rejection_response(|_| {
            let detail = "a browser sent this from a page of another site: nothing was done";
            Problem::new(Kind::CROSS_SITE, detail).into_response()
        })
}

/// A page for a browser, a problem for a program.
async fn no_such_page(headers: HeaderMap) -> Response {
    if Reader::of(&headers) == Reader::Person {
        return pages::refused::nothing_here();
    }
    let detail = "the admin listener has nothing under this path";
    Problem::new(Kind::NO_SUCH_PAGE, detail).into_response()
}

async fn no_api() -> Problem {
    let detail = "this node answers redirects alone, and has only health and metrics here: ask one \
                  that was started with `--role all` or `--role admin`";
    Problem::new(Kind::NO_SUCH_PAGE, detail)
}

/// The router adds `Allow`.
async fn method_not_allowed() -> Problem {
    Problem::new(Kind::METHOD_NOT_ALLOWED, "`Allow` names the methods that this path takes")
}

async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let reader = Reader::of(request.headers());
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!(
                "the request took longer than {} ms: look whether a write was made before trying again",
                limit.as_millis()
            );
            reader.told(Problem::new(Kind::TIMED_OUT, detail))
        }
    }
}

/// Behind a trusted proxy, whoever asked it.
async fn from_whom(State(proxies): State<Arc<TrustedProxies>>, mut request: Request) -> Request {
    if let Some(Peer(peer)) = request.extensions().get::<Peer>().copied()
        && proxies.networks.contain(peer.ip().to_canonical())
    {
        let client = proxies.client(peer.ip().to_canonical(), request.headers());
        request.extensions_mut().insert(Peer(SocketAddr::new(client, peer.port())));
    }
    request
}

fn caught(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request met a defect, and the panic's own message says where");
    let detail = "the server met a defect of its own, and its log says which";
    Problem::new(Kind::INTERNAL, detail).into_response()
}

/// Nothing here may be kept by a cache, unless it says so itself, or taken for another type than it says.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
