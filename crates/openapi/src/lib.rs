//! The description of the whole API, in the form of `OpenAPI` 3.1: what each service says of its own routes, and what all of
//! them have in common.
//!
//! `openapi.json` at the root of the repository is its golden copy, which the auth service hands out. This crate is the only
//! one that knows every service, so that they need not know each other. Nothing that is deployed depends on it.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder,
    Type,
};
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatehouse",
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
        description = "Sign-up, sign-in and own profile on Amazon Cognito, and the services behind the gate. Status and `code` \
            tell one failure from another; no client needs `WWW-Authenticate`, which API Gateway renames to \
            `x-amzn-Remapped-WWW-Authenticate` on a 401 of a service's own.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "https://{api}.execute-api.{region}.{suffix}/{stage}", description = "The stage of a deployed stack", variables(
        ("api" = (default = "abcdefghij", description = "The API's id")),
        ("region" = (default = "us-east-1", description = "The AWS region")),
        ("suffix" = (default = "amazonaws.com", description = "The region's partition: amazonaws.com.cn in China, amazonaws.eu in the European Sovereign Cloud")),
        ("stage" = (default = "v1", description = "api.stage of config.json")),
    ))),
    tags(
        (name = "auth", description = "Open to everybody: from sign-up to sign-out."),
        (name = "user", description = "The own account, with the access token of a sign-in."),
        (name = "orders", description = "The caller's own orders."),
        (name = "admin", description = "Everybody's orders, for the group `admins` alone."),
        (name = "reports", description = "For programs, with the scope that config.json's resource server has for reading."),
        (name = "whoami", description = "What the gate says of the caller."),
        (name = "meta", description = "The API itself."),
    ),
    components(schemas(ProblemDocument, FieldErrorDocument)),
)]
struct Common;

/// The error of a request (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it only describes what web::Problem writes")]
struct ProblemDocument {
    /// Always `about:blank`. `code` names the problem.
    #[schema(rename = "type")]
    kind: String,
    /// The name of the status.
    title: String,
    /// The HTTP status. API Gateway's own answers may omit it.
    status: Option<u16>,
    /// An explanation for a person.
    detail: String,
    /// A stable name for programs, in snake case.
    code: String,
    /// The id of the request in the log.
    #[schema(rename = "requestId")]
    request_id: String,
    /// The mistakes in the body or the query, one by one.
    errors: Option<Vec<FieldErrorDocument>>,
}

/// A mistake in one value.
#[derive(ToSchema)]
#[schema(as = FieldError)]
#[expect(dead_code, reason = "it only describes what web::FieldError writes")]
struct FieldErrorDocument {
    /// A JSON pointer to the value in the body, or in the query as an object.
    pointer: String,
    /// What is wrong with the value.
    detail: String,
}

/// The description of each service.
#[must_use]
pub fn services() -> impl IntoIterator<Item = Document> {
    [auth::openapi(), orders::openapi(), whoami::openapi()]
}

/// The whole document.
#[must_use]
pub fn document() -> Document {
    let mut document = Common::openapi();
    services().into_iter().for_each(|service| document.merge(service));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    if let Some(components) = &mut document.components {
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.responses.insert("Problem".to_owned(), problem().into());
    }
    let items = document.paths.paths.values_mut();
    let operations = items
        .flat_map(|item| [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]);
    for operation in operations.flatten() {
        for statuses in ["4XX", "5XX"] {
            operation
                .responses
                .responses
                .insert(statuses.to_owned(), RefOr::Ref(Ref::new("#/components/responses/Problem")));
        }
        // Every operation names its security, so that none is open by mistake.
        operation.security.get_or_insert_default();
    }
    document
}

/// The failure that every operation may return.
fn problem() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let retry_after = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("The seconds after which the client may try again, if that makes sense."));
    ResponseBuilder::new()
        .description("The request failed. The status and `code` say why.")
        .content("application/problem+json", content)
        .header("Retry-After", retry_after.build())
        .build()
}
