//! The checks of the section `api`.

use super::problem;
use crate::config::Config;
use crate::document::Problem;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let mut problems = cookies_go_to_named_origins(config);
    problems.extend(some_address_answers(config));
    problems
}

/// A browser sends no cookie if an answer is open to all origins. And anybody between a browser and a page without
/// TLS can change that page, so its origin does not show who uses the cookie.
fn cookies_go_to_named_origins(config: &Config) -> Vec<Problem> {
    if !config.auth.refresh_cookie {
        return Vec::new();
    }
    let origins = config.api.cors_origins.iter().enumerate();
    let refused = origins.filter_map(|(index, origin)| match origin.as_str() {
        "*" => Some(problem(
            "/api/corsOrigins",
            "cannot be \"*\" with auth.refreshCookie: name the origins of your pages",
        )),
        _ if !origin.is_trustworthy() => Some(problem(
            format!("/api/corsOrigins/{index}"),
            "must be https with auth.refreshCookie (http only for localhost, 127.0.0.1 and [::1])",
        )),
        _ => None,
    });
    refused.collect()
}

/// Without a custom domain, the address of API Gateway is the API's only one.
fn some_address_answers(config: &Config) -> Option<Problem> {
    (config.api.disable_execute_api_endpoint && config.api.domain.is_none()).then(|| {
        let message = "leaves the API without any address: set api.domain too, or this to false";
        problem("/api/disableExecuteApiEndpoint", message)
    })
}
