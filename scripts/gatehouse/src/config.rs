//! `gatehouse config`: is the file right, what does the template get from it, what may stand in it.
//!
//! What is valid is decided in `platform::config` alone. The parameters are the ones that template.yaml
//! takes, each a string; a value that the template would have to reshape is shaped here.

use std::fs;
use std::io::Write;
use std::path::Path;

use platform::config::{
    Auth, AuthFlow, Config, CorsOrigin, Mfa, PasswordPolicy, ResourceServer, Slots, TokenValidity,
};

use crate::cli::ConfigCommand;
use crate::error::Error;

/// `CloudFormation` cannot loop over a list of unknown length: an empty slot of a list says so.
const NONE: &str = "-";

pub(crate) fn run(command: &ConfigCommand, out: &mut dyn Write) -> Result<(), Error> {
    match command {
        ConfigCommand::Check(file) => {
            read(&file.path)?;
            writeln!(out, "{} is valid", file.path.display())?;
        }
        ConfigCommand::Parameters(file) => {
            let config = read(&file.path)?;
            for (name, value) in parameters(&config) {
                writeln!(out, "{name}: {}", yaml_text(&value))?;
            }
        }
        ConfigCommand::Schema => writeln!(out, "{:#}", platform::config::schema())?,
    }
    Ok(())
}

pub(crate) fn read(path: &Path) -> Result<Config, Error> {
    let text = fs::read_to_string(path)
        .map_err(|reason| Error::ConfigUnreadable { path: path.to_owned(), reason })?;
    Config::parse(&text).map_err(|problems| Error::ConfigInvalid { path: path.to_owned(), problems })
}

type Parameter = (&'static str, String);

/// Every parameter that template.yaml takes from the configuration.
fn parameters(config: &Config) -> Vec<Parameter> {
    let pool = &config.user_pool;
    let api = &config.api;
    let mut parameters = vec![
        ("ServiceName", config.service.to_string()),
        ("StageName", api.stage.to_string()),
        ("ExistingUserPoolId", pool.id.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("ExistingUserPoolClientId", pool.client_id.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("UserPoolName", pool.name.to_string()),
        ("SelfSignUp", pool.self_sign_up.to_string()),
        ("AutoConfirm", pool.auto_confirm.to_string()),
        ("MfaConfiguration", mfa(pool.mfa).to_owned()),
        ("ClientSecret", pool.client_secret.to_string()),
    ];
    parameters.extend(of_passwords(&pool.password_policy));
    parameters.push(("Groups", slots(&pool.groups, |group| group.as_str())));
    parameters.extend(of_resource_server(pool.resource_server.as_ref()));
    parameters.extend(of_tokens(&pool.token_validity));
    parameters.push(("RefreshTokenRotation", pool.refresh_token_rotation.to_string()));
    parameters.extend(of_auth(&config.auth));
    parameters.extend([
        ("AuthorizerResultTtlSeconds", config.authorizer.result_ttl_seconds.to_string()),
        ("ThrottleRatePerSecond", api.throttle.rate_per_second.to_string()),
        ("ThrottleBurst", api.throttle.burst.to_string()),
        ("CorsAllowOrigin", cors_allow_origin(&api.cors_origins).to_owned()),
    ]);
    parameters
}

fn of_passwords(policy: &PasswordPolicy) -> [Parameter; 6] {
    [
        ("PasswordMinimumLength", policy.minimum_length.to_string()),
        ("PasswordRequireUppercase", policy.require_uppercase.to_string()),
        ("PasswordRequireLowercase", policy.require_lowercase.to_string()),
        ("PasswordRequireNumbers", policy.require_numbers.to_string()),
        ("PasswordRequireSymbols", policy.require_symbols.to_string()),
        ("TemporaryPasswordValidityDays", policy.temporary_password_validity_days.to_string()),
    ]
}

fn of_resource_server(server: Option<&ResourceServer>) -> [Parameter; 2] {
    let identifier = server.map_or(NONE, |server| server.identifier.as_str());
    let none = Slots::default();
    let scopes = server.map_or(&none, |server| &server.scopes);
    [
        ("ResourceServerIdentifier", identifier.to_owned()),
        ("ResourceServerScopes", slots(scopes, |scope| scope.as_str())),
    ]
}

fn of_tokens(validity: &TokenValidity) -> [Parameter; 3] {
    [
        ("AccessTokenMinutes", validity.access_minutes.to_string()),
        ("IdTokenMinutes", validity.id_minutes.to_string()),
        ("RefreshTokenDays", validity.refresh_days.to_string()),
    ]
}

fn of_auth(auth: &Auth) -> [Parameter; 4] {
    [
        ("AuthFlow", auth_flow(auth.flow).to_owned()),
        ("RefreshCookie", auth.refresh_cookie.to_string()),
        ("AuthThrottleRatePerSecond", auth.throttle.rate_per_second.to_string()),
        ("AuthThrottleBurst", auth.throttle.burst.to_string()),
    ]
}

const fn auth_flow(flow: AuthFlow) -> &'static str {
    match flow {
        AuthFlow::UserPasswordAuth => "USER_PASSWORD_AUTH",
        AuthFlow::UserAuth => "USER_AUTH",
    }
}

const fn mfa(mfa: Mfa) -> &'static str {
    match mfa {
        Mfa::Off => "OFF",
        Mfa::Optional => "OPTIONAL",
        Mfa::On => "ON",
    }
}

/// All slots, joined by commas; what is not named is [`NONE`]. No name holds a comma or is [`NONE`].
fn slots<T>(named: &Slots<T>, text: fn(&T) -> &str) -> String {
    let named = named.as_slice().iter().map(text);
    named.chain(std::iter::repeat(NONE)).take(Slots::<T>::MAX).collect::<Vec<_>>().join(",")
}

/// What the gateway's own answers allow: they can name one origin, all, or none. The functions answer
/// the caller's own origin.
fn cors_allow_origin(origins: &[CorsOrigin]) -> &str {
    match origins {
        [] => "none",
        [only] => only.as_str(),
        _ => "*",
    }
}

/// A double-quoted YAML scalar. Everything but visible ASCII and the space is escaped, so that no reader,
/// of YAML 1.1 or 1.2, takes it for a line break, another type or the end of the text.
fn yaml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => quoted.extend(["\\U".to_owned(), format!("{:08x}", u32::from(c))]),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str, name: &str) -> String {
        let config = Config::parse(json).unwrap();
        parameters(&config).into_iter().find(|(found, _)| *found == name).unwrap().1
    }

    #[test]
    fn a_list_always_fills_all_ten_slots() {
        assert_eq!(value("{}", "Groups"), "-,-,-,-,-,-,-,-,-,-");
        let two = r#"{"userPool": {"groups": ["admins", "staff"]}}"#;
        assert_eq!(value(two, "Groups"), "admins,staff,-,-,-,-,-,-,-,-");
        let ten = r#"{"userPool": {"groups": ["a","b","c","d","e","f","g","h","i","j"]}}"#;
        assert_eq!(value(ten, "Groups"), "a,b,c,d,e,f,g,h,i,j");
    }

    #[test]
    fn no_resource_server_is_a_hyphen_and_no_scopes() {
        assert_eq!(value("{}", "ResourceServerIdentifier"), "-");
        assert_eq!(value("{}", "ResourceServerScopes"), "-,-,-,-,-,-,-,-,-,-");
    }

    #[test]
    fn the_gateway_names_one_origin_or_all_or_none() {
        let origin =
            |list: &str| value(&format!(r#"{{"api": {{"corsOrigins": {list}}}}}"#), "CorsAllowOrigin");
        assert_eq!(origin("[]"), "none");
        assert_eq!(origin(r#"["https://a.example"]"#), "https://a.example");
        assert_eq!(origin(r#"["https://a.example", "https://b.example"]"#), "*");
        assert_eq!(origin(r#"["*"]"#), "*");
    }

    #[test]
    fn an_existing_pool_is_named_with_its_client() {
        let json = r#"{"userPool": {"id": "eu-west-1_AbC", "clientId": "client1"}}"#;
        assert_eq!(value(json, "ExistingUserPoolId"), "eu-west-1_AbC");
        assert_eq!(value(json, "ExistingUserPoolClientId"), "client1");
        assert_eq!(value("{}", "ExistingUserPoolId"), "");
    }

    #[test]
    fn every_mode_of_mfa_has_cognitos_own_word() {
        for mode in ["OFF", "OPTIONAL", "ON"] {
            assert_eq!(value(&format!(r#"{{"userPool": {{"mfa": "{mode}"}}}}"#), "MfaConfiguration"), mode);
        }
    }

    #[test]
    fn every_flow_of_sign_in_has_cognitos_own_word() {
        for flow in ["USER_PASSWORD_AUTH", "USER_AUTH"] {
            assert_eq!(value(&format!(r#"{{"auth": {{"flow": "{flow}"}}}}"#), "AuthFlow"), flow);
        }
    }

    #[test]
    fn a_switch_is_true_or_false_and_off_when_it_is_left_out() {
        for (section, field, parameter) in [
            ("userPool", "autoConfirm", "AutoConfirm"),
            ("userPool", "refreshTokenRotation", "RefreshTokenRotation"),
            ("auth", "refreshCookie", "RefreshCookie"),
        ] {
            assert_eq!(value("{}", parameter), "false");
            assert_eq!(value(&format!(r#"{{"{section}": {{"{field}": true}}}}"#), parameter), "true");
        }
    }

    #[test]
    fn the_public_routes_have_limits_of_their_own() {
        let json = r#"{"api": {"throttle": {"burst": 7}}, "auth": {"throttle": {"burst": 8}}}"#;
        assert_eq!(
            (value(json, "ThrottleRatePerSecond"), value(json, "ThrottleBurst")),
            ("50".into(), "7".into())
        );
        assert_eq!(value(json, "AuthThrottleRatePerSecond"), "10");
        assert_eq!(value(json, "AuthThrottleBurst"), "8");
    }

    #[test]
    fn no_text_can_leave_its_quotes_or_its_line() {
        assert_eq!(yaml_text("plain, =@*&!%-'{}[]#: x"), "\"plain, =@*&!%-'{}[]#: x\"");
        assert_eq!(yaml_text("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(yaml_text("a\nb\u{2028}\u{7f}"), r#""a\U0000000ab\U00002028\U0000007f""#);
        assert_eq!(yaml_text("gr\u{fc}n\u{1f600}"), r#""gr\U000000fcn\U0001f600""#);
    }
}
