//! The contract of the API as a document (OpenAPI 3.1): put together from what stands beside each
//! handler, served at `/openapi.json`, and to be read and tried at `/docs`.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref,
    RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use super::problem::Members;
use super::state::AdminState;
use crate::model::id::WorkspaceId;

/// The names of the security schemes.
const KEY: &str = "key";
const SESSION: &str = "session";

/// What only people do: a key may do everything else.
const PEOPLE_ALONE: [&str; 4] =
    ["/api/v1/me", "/api/v1/me/", "/api/v1/session", "/api/v1/workspaces"];

/// Swagger UI sets styles and draws images of its own; nothing comes from elsewhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What no route could tell by itself.
pub(super) fn begin() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Carom")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Short links: made, changed, studied. Ids are texts, times are RFC 3339 in UTC, errors are \
             problems (RFC 9457) whose `type` is stable.",
        ))
        .build();
    let key = SecurityScheme::Http(
        Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `carom_…`"))
            .build(),
    );
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        "carom",
        "The session of somebody who has signed in (`__Host-carom` over TLS). What changes something \
         needs `Sec-Fetch-Site` or `Origin` beside it, as browsers send them.",
    )));
    let components = ComponentsBuilder::new()
        .security_scheme(KEY, key)
        .security_scheme(SESSION, session)
        .schema(Members::name(), Members::schema())
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Adds what holds for every route.
pub(super) fn finish(mut document: OpenApi) -> OpenApi {
    // The short name of the same route.
    if let Some(PathItem { post: Some(create), .. }) = document.paths.paths.get("/api/v1/links") {
        let mut shorten = create.clone();
        shorten.operation_id = Some("shorten".to_owned());
        let mut item = PathItem::default();
        item.post = Some(shorten);
        document.paths.paths.insert("/shorten".to_owned(), item);
    }
    for (path, item) in &mut document.paths.paths {
        let has_parameter = path.contains('{');
        for operation in operations(item) {
            let acts = operation.security.is_none() && !is_of_people(path);
            if operation.security.is_none() {
                operation.security = Some(ways_in(path));
            }
            if acts {
                operation.parameters.get_or_insert_default().push(RefOr::T(workspace()));
            }
            complete(operation, has_parameter, acts);
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// The credentials that open a route.
fn ways_in(path: &str) -> Vec<SecurityRequirement> {
    let by = |scheme: &str| SecurityRequirement::new(scheme, Vec::<String>::new());
    if is_of_people(path) { vec![by(SESSION)] } else { vec![by(KEY), by(SESSION)] }
}

fn is_of_people(path: &str) -> bool {
    PEOPLE_ALONE.iter().any(|of| path == *of || (of.ends_with('/') && path.starts_with(of)))
}

/// The header that says which workspace a request is about.
fn workspace() -> Parameter {
    ParameterBuilder::new()
        .name("Carom-Workspace")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The workspace the request is about; left out, the one the caller belongs to for longest"))
        .schema(Some(WorkspaceId::schema()))
        .build()
}

/// Every route may refuse a caller, a rate and a store that is away; those with a body or a
/// parameter may refuse them.
fn complete(operation: &mut Operation, has_parameter: bool, acts_in_workspace: bool) {
    let is_open = operation
        .security
        .as_ref()
        .is_some_and(|ways| ways.contains(&SecurityRequirement::default()));
    let has_body = operation.request_body.is_some();
    let is_query =
        |it: &RefOr<Parameter>| matches!(it, RefOr::T(it) if it.parameter_in == ParameterIn::Query);
    let has_query = operation.parameters.as_ref().is_some_and(|all| all.iter().any(is_query));
    let refusals = [
        ("400", "The request cannot be understood", has_body || has_query),
        ("401", "No working credentials", !is_open),
        ("403", "The credentials do not cover this", !is_open),
        (
            "404",
            "There is no such thing, or no such workspace, that the caller may see",
            has_parameter || acts_in_workspace,
        ),
        ("413", "The body is too large", has_body),
        ("415", "The body is not declared as JSON", has_body),
        ("422", "A value breaks a rule: `field` names it", has_body || has_query),
        ("429", "Too many requests: wait as long as `Retry-After` says", true),
        (
            "503",
            "The store is unavailable: try again as `Retry-After` says; or the question takes too long (`/problems/too-much-asked`): ask for less",
            true,
        ),
    ];
    for (status, description, is_possible) in refusals {
        if is_possible && !operation.responses.responses.contains_key(status) {
            let response = problem(description, matches!(status, "429" | "503"));
            operation.responses.responses.insert(status.to_owned(), RefOr::T(response));
        }
    }
}

/// A problem, as a response.
fn problem(description: &str, says_when: bool) -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name(Members::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    match says_when {
        true => {
            response.header("Retry-After", HeaderBuilder::new().schema(Some(u32::schema())).build())
        }
        false => response,
    }
    .build()
}

/// The document and the pages that show it.
pub(super) fn routes(document: &OpenApi) -> Router<Arc<AdminState>> {
    let json = document.to_pretty_json().expect("a document has only text for keys");
    let json: Arc<str> = json.into();
    let pages = SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json"));
    Router::from(pages)
        .layer(axum::middleware::map_response(confined))
        .route("/openapi.json", get(move || std::future::ready(sent(&json))))
}

fn sent(json: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json.to_owned()).into_response()
}

async fn confined(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(DOCS_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
