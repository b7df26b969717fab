//! The entry of `authorizer.issuers`, with its members in the order in which people read them.

use platform::config::{Algorithm, JwksUrl};
use serde::Serialize;

use crate::cli::AddIssuerArgs;
use crate::error::Error;

/// The entry for config.json.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audiences: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    client_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    algorithms: Vec<Algorithm>,
    #[serde(skip_serializing_if = "Claims::is_empty")]
    claims: Claims,
}

#[derive(Debug, Default, Serialize)]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<String>,
}

impl Claims {
    const fn is_empty(&self) -> bool {
        self.client.is_none() && self.groups.is_none() && self.scopes.is_none() && self.access.is_none()
    }
}

/// Checks that the arguments say what only a person can know about this kind of issuer, and nothing that this
/// kind does not have.
pub(super) fn has_terms(args: &AddIssuerArgs) -> Result<(), Error> {
    if !args.issuer.is_cognito() {
        let is_open = args.audiences.is_empty() && args.clients.is_empty();
        return if is_open { Err(Error::IssuerWithoutTerms { issuer: args.issuer.clone() }) } else { Ok(()) };
    }
    if args.clients.is_empty() {
        return Err(Error::PoolWithoutClients { issuer: args.issuer.clone() });
    }
    let foreign = [
        ("--audience", !args.audiences.is_empty()),
        ("--groups", args.groups.is_some()),
        ("--scopes", args.scopes.is_some()),
        ("--client-claim", args.client_claim.is_some()),
        ("--access", args.access.is_some()),
        ("--algorithm", !args.algorithms.is_empty()),
    ];
    match foreign.into_iter().find(|(_, is_there)| *is_there) {
        Some((flag, _)) => Err(Error::NotForPools { flag }),
        None => Ok(()),
    }
}

impl Entry {
    /// The entry of a Cognito pool.
    pub(super) fn cognito(args: &AddIssuerArgs) -> Self {
        Self {
            issuer: args.issuer.to_string(),
            kind: None,
            jwks_uri: None,
            audiences: Vec::new(),
            client_ids: args.clients.iter().map(ToString::to_string).collect(),
            algorithms: Vec::new(),
            claims: Claims::default(),
        }
    }

    /// The entry of any other issuer.
    pub(super) fn oidc(args: &AddIssuerArgs, jwks_uri: &JwksUrl, algorithms: Vec<Algorithm>) -> Self {
        Self {
            kind: Some("oidc"),
            jwks_uri: Some(jwks_uri.to_string()),
            audiences: args.audiences.iter().map(ToString::to_string).collect(),
            algorithms,
            claims: Claims {
                client: args.client_claim.as_ref().map(ToString::to_string),
                groups: args.groups.as_ref().map(ToString::to_string),
                scopes: args.scopes.as_ref().map(ToString::to_string),
                access: args.access.as_ref().map(ToString::to_string),
            },
            ..Self::cognito(args)
        }
    }

    /// As JSON for people.
    pub(super) fn pretty(&self) -> String {
        // Strings and lists of strings can always be written as JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
