//! The arguments of `gatehouse issuer`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use platform::config::{Algorithm, ClaimPath, HttpsUrl, Identifier};

use super::configured;

/// `gatehouse issuer ...`
#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Trust a further issuer: read its metadata, and list it in config.json
    ///
    /// Reads the issuer's discovery document (`OpenID` Connect Discovery, else RFC 8414) and its key set,
    /// over https and without following redirects, and takes the URL of the keys and the algorithms from
    /// there. A Cognito pool's are known, so nothing is read. The rest of config.json stays as it is written.
    /// An existing entry of the same issuer is an error, and nothing is written that `config check` would
    /// refuse.
    ///
    /// A trusted issuer opens nothing by itself: a rule has to name it.
    Add(AddIssuerArgs),
}

/// `gatehouse issuer add`
#[derive(Debug, Args)]
pub struct AddIssuerArgs {
    /// The issuer, exactly as in the `iss` of its tokens
    #[arg(value_name = "URL", value_parser = issuer)]
    pub issuer: HttpsUrl,
    /// Your API's name in the `aud` of its tokens (may be repeated)
    #[arg(long = "audience", value_name = "AUDIENCE", value_parser = configured::<Identifier>)]
    pub audiences: Vec<Identifier>,
    /// Accept only tokens of this client (may be repeated)
    #[arg(long = "client", value_name = "CLIENT", value_parser = configured::<Identifier>)]
    pub clients: Vec<Identifier>,
    /// Path of the groups in its tokens: roles, `realm_access.roles`, /a/b
    #[arg(long, value_name = "PATH", value_parser = configured::<ClaimPath>)]
    pub groups: Option<ClaimPath>,
    /// Path of the scopes [default: scope, else scp]
    #[arg(long, value_name = "PATH", value_parser = configured::<ClaimPath>)]
    pub scopes: Option<ClaimPath>,
    /// Path of the client [default: `client_id`, else azp, else cid]
    #[arg(long, value_name = "PATH", value_parser = configured::<ClaimPath>)]
    pub client_claim: Option<ClaimPath>,
    /// A claim that only its access tokens have [default: scope, scp, `client_id` or cid]
    #[arg(long, value_name = "PATH", value_parser = configured::<ClaimPath>)]
    pub access: Option<ClaimPath>,
    /// Accept tokens signed with this algorithm (may be repeated) [default: those of its keys]
    #[arg(long = "algorithm", value_name = "ALG", value_parser = configured::<Algorithm>)]
    pub algorithms: Vec<Algorithm>,
    /// The configuration to write to
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    pub config: PathBuf,
    /// Print the entry, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Entra ID's documents write `{tenantid}` in place of the tenant's id. No token has such an issuer.
fn issuer(text: &str) -> Result<HttpsUrl, String> {
    if text.contains(['{', '}']) {
        return Err(
            "a template is not an issuer: write the tenant's own id in place of the braces".to_owned()
        );
    }
    HttpsUrl::new(text)
}
