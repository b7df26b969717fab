//! The description of the API, from its types and handlers, in the form of `OpenAPI` 3.1.
//!
//! `openapi.json` at the root of the repository is its golden copy, which the service hands out; so nothing
//! of this runs in the Lambda.

use utoipa::OpenApi;
use utoipa::ToSchema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

use crate::routes::{devices, meta, mfa, passwords, sign_in, sign_up, tokens, user};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatehouse auth",
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
        description = "Sign-up, sign-in and own profile on Amazon Cognito. Status and `code` tell one failure from another; \
            no client needs `WWW-Authenticate`, which API Gateway renames to `x-amzn-Remapped-WWW-Authenticate` on a 401 of \
            the service's own.",
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
        (name = "meta", description = "The service itself."),
    ),
    paths(
        sign_up::sign_up, sign_up::verify, sign_up::resend_code,
        sign_in::sign_in, sign_in::challenge,
        tokens::refresh, tokens::sign_out,
        passwords::forgot, passwords::reset, passwords::change,
        user::read, user::change, user::delete, user::send_code, user::confirm, user::sign_out_everywhere,
        mfa::start_totp, mfa::verify_totp, mfa::prefer,
        devices::confirm, devices::list, devices::remember, devices::forget,
        meta::health, meta::openapi,
    ),
    components(schemas(ProblemDocument, FieldErrorDocument)),
)]
struct Document;

/// A request that did not succeed: RFC 9457.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it only describes what web::Problem writes")]
struct ProblemDocument {
    /// `about:blank`: `code` tells one problem from another.
    #[schema(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status. The gateway's own answers may leave it out.
    status: Option<u16>,
    /// For a person to read.
    detail: String,
    /// For a program to test: stable, in snake case.
    code: String,
    /// Under which the request stands in the log.
    #[schema(rename = "requestId")]
    request_id: String,
    /// What is wrong with the values of the body, one by one.
    errors: Option<Vec<FieldErrorDocument>>,
}

/// What is wrong with one value.
#[derive(ToSchema)]
#[schema(as = FieldError)]
#[expect(dead_code, reason = "it only describes what web::FieldError writes")]
struct FieldErrorDocument {
    /// A JSON pointer into the body.
    pointer: String,
    /// What is wrong there.
    detail: String,
}

/// The whole document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    if let Some(components) = &mut document.components {
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("It did not succeed: the status and code tell why.")
        .content("application/problem+json", problem)
        .build();
    let items = document.paths.paths.values_mut();
    let operations = items
        .flat_map(|item| [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]);
    for operation in operations.flatten() {
        for statuses in ["4XX", "5XX"] {
            operation.responses.responses.insert(statuses.to_owned(), RefOr::T(problem.clone()));
        }
        // Said of every operation, so that none is open by oversight.
        operation.security.get_or_insert_default();
    }
    document
}
