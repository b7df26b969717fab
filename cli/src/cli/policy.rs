//! The arguments of `gatehouse policy`: a caller, described by the claims of a token.

use authorizer::ApiScope;
use clap::Args;
use platform::config::{ClaimPath, Identifier, IssuerName};
use platform::identity::TokenUse;
use platform::json::UniqueValue;
use serde_json::Value;

use super::{ConfigFile, configured};

/// `gatehouse policy`
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Print the IAM policy document that API Gateway would get
    #[arg(long)]
    pub document: bool,
    /// The ARN of a method or route of the API that the document is for [default: an example]
    #[arg(long, requires = "document", value_parser = api)]
    pub arn: Option<ApiScope>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "document")]
    pub json: bool,
    #[command(flatten)]
    /// The configuration.
    pub config: ConfigFile,
    #[command(flatten)]
    /// The caller.
    pub caller: CallerArgs,
}

/// The claims of a caller's token that rules may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Caller")]
pub struct CallerArgs {
    /// Who issued the token: `own`, the stack's own pool, or an issuer of authorizer.issuers [default: own]
    #[arg(long, value_name = "own|URL", value_parser = configured::<IssuerName>)]
    pub issuer: Option<IssuerName>,
    /// The stack has no pool of its own: if there is only one issuer, a rule that names none is for it
    #[arg(long)]
    pub without_pool: bool,
    /// The caller's groups, separated by commas: "staff,Domain Users"
    #[arg(long = "groups", value_name = "GROUPS", value_delimiter = ',')]
    pub listed_groups: Vec<String>,
    /// One group of the caller, unchanged, for example one with a comma in its name (may be repeated)
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// The caller's scopes, separated by commas
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', value_parser = super::scope)]
    pub scopes: Vec<String>,
    /// A claim: NAME as rules write it, up to the first `=`; VALUE is text or JSON (may be repeated)
    ///
    /// A number, true, false, and text in quotes, brackets or braces are read as JSON: seats=5 is a number,
    /// 'seats="5"' a string. NAME may lead into objects: custom:plan, `realm_access.roles`, /a/b.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    pub claims: Vec<GivenClaim>,
    /// The token's audience, its `aud` (may be repeated)
    #[arg(long = "audience", value_name = "AUDIENCE", value_parser = configured::<Identifier>)]
    pub audiences: Vec<Identifier>,
    /// The client that got the token
    #[arg(long, value_parser = configured::<Identifier>)]
    pub client: Option<Identifier>,
    /// What kind of token it is: `access` or `id`
    #[arg(long, value_name = "access|id", default_value = "access", value_parser = configured::<TokenUse>)]
    pub token_use: TokenUse,
    /// How long ago the user signed in
    #[arg(long, value_name = "SECONDS")]
    pub auth_age: Option<u64>,
}

/// A claim of a caller's token.
#[derive(Debug, Clone)]
pub struct GivenClaim {
    /// Its path.
    pub path: ClaimPath,
    /// Its value.
    pub value: Value,
}

fn claim(text: &str) -> Result<GivenClaim, String> {
    let (name, value) = text.split_once('=').ok_or("a claim is written NAME=VALUE")?;
    let value = match serde_json::from_str(value) {
        Ok(UniqueValue(json)) if !json.is_null() => json,
        _ => Value::from(value),
    };
    Ok(GivenClaim { path: ClaimPath::parse(name)?, value })
}

fn api(arn: &str) -> Result<ApiScope, &'static str> {
    ApiScope::parse(arn).map_err(
        |_| "an ARN is written like arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_json_where_it_can_be_and_a_text_otherwise() {
        for (text, name, value) in [
            ("a=pro", "a", json!("pro")),
            ("a=", "a", json!("")),
            ("a=b=c", "a", json!("b=c")),
            ("a=5", "a", json!(5)),
            ("a=\"5\"", "a", json!("5")),
            ("a=true", "a", json!(true)),
            ("a=null", "a", json!("null")),
            ("a=[\"x\",1]", "a", json!(["x", 1])),
            ("a={\"b\":1}", "a", json!({ "b": 1 })),
            ("a={\"b\":1,\"b\":2}", "a", json!("{\"b\":1,\"b\":2}")),
            ("a=[x]", "a", json!("[x]")),
            ("realm_access.roles=x", "realm_access.roles", json!("x")),
        ] {
            let claim = claim(text).unwrap();
            assert_eq!((claim.path.as_str(), claim.value), (name, value), "{text}");
        }
        assert!(claim("a").is_err() && claim("=x").is_err());
    }
}
