//! The routes of the deployed API: on this machine as API Gateway returns them, on AWS as template.yaml has
//! them.
//!
//! They are not listed by hand, so that every new route is tested like the others.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::stack::Stack;

/// Where the gateway serves the metadata about tokens' issuers, if it is on (RFC 9728). No function serves
/// it.
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// A method and a path, with a value in place of each of the path's parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    method: String,
    /// Such as `/orders/0`.
    pub path: String,
    /// Whether it needs a token that the gate accepts.
    pub is_guarded: bool,
}

impl Route {
    /// All routes that answer other requests than preflights.
    ///
    /// # Errors
    /// API Gateway returns no routes, or its routes differ from the template's.
    pub fn all(stack: &Stack) -> Result<BTreeSet<Self>> {
        let of_template = of_template(include_str!("../../template.yaml"))?;
        if stack.is_aws() {
            return Ok(of_template);
        }
        let deployed = of_gateway(stack)?;
        let of_functions: BTreeSet<_> =
            deployed.iter().filter(|route| route.path != METADATA).cloned().collect();
        let differing: Vec<_> = of_functions.symmetric_difference(&of_template).collect();
        if !differing.is_empty() {
            return Err(format!("in template.yaml, or deployed, but not both: {differing:?}"));
        }
        Ok(deployed)
    }

    fn new(method: &str, path: &str, is_guarded: bool) -> Self {
        let named =
            |segment: &str| if segment.starts_with('{') { "0".to_owned() } else { segment.to_owned() };
        let path = path.split('/').map(named).collect::<Vec<_>>().join("/");
        Self { method: method.to_ascii_uppercase(), path, is_guarded }
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> Method {
        Method::from_bytes(self.method.as_bytes()).unwrap_or_default()
    }

    fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
    }
}

/// The routes in the events of functions. Each event is on one line.
fn of_template(template: &str) -> Result<BTreeSet<Route>> {
    let lines = template.lines().filter(|line| line.contains("RestApiId: !Ref Api,"));
    let routes = lines.map(|line| {
        let value = |name: &str| {
            let rest = line.split_once(&format!("{name}: "))?.1;
            Some(rest.split([',', ' ']).next()?.trim_matches('"'))
        };
        let (method, path) = (value("Method"), value("Path"));
        let read = method.zip(path).map(|(method, path)| (method, path, !line.contains("Authorizer: NONE")));
        read.map(|(method, path, is_guarded)| Route::new(method, path, is_guarded))
            .ok_or_else(|| format!("no route of template.yaml: {line}"))
    });
    routes.filter(|route| !matches!(route, Ok(route) if route.is_preflight())).collect()
}

fn of_gateway(stack: &Stack) -> Result<BTreeSet<Route>> {
    let resources = stack.look_at_gateway("/resources", "embed=methods&limit=500")?;
    let resources =
        resources.get("item").and_then(Value::as_array).ok_or("API Gateway lists no resources")?;
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut routes = BTreeSet::new();
    for resource in resources {
        let path = text(resource, "path");
        for (method, found) in
            resource.get("resourceMethods").and_then(Value::as_object).into_iter().flatten()
        {
            routes.insert(Route::new(method, &path, text(found, "authorizationType") == "CUSTOM"));
        }
    }
    routes.retain(|route| !route.is_preflight());
    Ok(routes)
}
