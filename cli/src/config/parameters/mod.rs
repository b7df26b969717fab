//! The parameters of template.yaml, made of config.json. Each is a string.
//!
//! If the template needs a value in another form, it is converted here.

use platform::config::{
    Api, Auth, AuthFlow, Config, CorsOrigin, Devices, Email, Mfa, Operations, PasswordPolicy, Region,
    ResourceServer, SecondFactor, SecondFactors, TokenValidity, UpToTen, UsagePlan, sms_regions,
};

use crate::error::Error;

mod messages;
mod metadata;
mod sender;

/// `CloudFormation` cannot loop over a list of unknown length, so this value marks an empty slot of a list.
const NONE: &str = "-";

/// The longest parameter value that `CloudFormation` accepts, in bytes.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const PARAMETER_LIMIT: usize = 4_096;

/// The lowest limit that a rule of AWS WAF accepts.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>
const LEAST_ADDRESS_LIMIT: u64 = 10;

type Parameter = (&'static str, String);

/// Every parameter that template.yaml takes from the configuration.
pub(super) fn parameters(config: &Config) -> Result<Vec<Parameter>, Error> {
    let parameters = all_parameters(config);
    match parameters.iter().find(|(_, value)| value.len() > PARAMETER_LIMIT) {
        Some((name, value)) => {
            Err(Error::ParameterTooLong { name, length: value.len(), limit: PARAMETER_LIMIT })
        }
        None => Ok(parameters),
    }
}

fn all_parameters(config: &Config) -> Vec<Parameter> {
    let pool = &config.user_pool;
    let api = &config.api;
    let mut parameters = vec![
        ("ServiceName", config.service.to_string()),
        ("StageName", api.stage.to_string()),
        ("ExistingUserPoolId", or_empty(pool.id.as_ref())),
        ("ExistingUserPoolClientId", or_empty(pool.client_id.as_ref())),
        ("UserPoolPlan", config.plan().as_str().to_owned()),
        ("UserPoolName", pool.name.to_string()),
        ("SelfSignUp", pool.self_sign_up.to_string()),
        ("AutoConfirm", pool.auto_confirm.to_string()),
        ("MfaConfiguration", mfa(pool.mfa).to_owned()),
        ("ClientSecret", pool.client_secret.to_string()),
    ];
    parameters.extend(of_second_factors(&pool.second_factors));
    parameters.extend(of_passwords(&pool.password_policy));
    parameters.push(("Groups", slots(&pool.groups, |group| group.as_str())));
    parameters.extend(of_resource_server(pool.resource_server.as_ref()));
    parameters.extend(of_tokens(&pool.token_validity));
    parameters.push(("RefreshTokenRotation", pool.refresh_token_rotation.to_string()));
    parameters.extend(of_email(pool.email.as_ref()));
    parameters.extend(of_sms(config));
    parameters.extend(messages::parameters(pool.messages.as_ref()));
    parameters.push(("ThreatProtection", pool.threat_protection.as_str().to_owned()));
    parameters.extend(of_devices(pool.devices));
    parameters.extend(of_auth(&config.auth));
    parameters.extend([
        ("AuthorizerResultTtlSeconds", config.authorizer.result_ttl_seconds.to_string()),
        ("AuthorizerReservedConcurrency", or_empty(config.authorizer.reserved_concurrency.as_ref())),
        ("ThrottleRatePerSecond", api.throttle.rate_per_second.to_string()),
        ("ThrottleBurst", api.throttle.burst.to_string()),
        ("CorsAllowOrigin", cors_allow_origin(&api.cors_origins).to_owned()),
    ]);
    parameters.extend(of_metadata(config));
    parameters.extend(of_domain(api));
    parameters.extend(of_operations(&config.operations));
    parameters.extend(of_web_acl(config));
    parameters.extend(of_usage_plan(config.operations.usage_plan.as_ref()));
    parameters
}

fn of_second_factors(factors: &SecondFactors) -> [Parameter; 3] {
    [
        ("TotpFactor", factors.has(SecondFactor::Totp).to_string()),
        ("EmailFactor", factors.has(SecondFactor::Email).to_string()),
        ("SmsFactor", factors.has(SecondFactor::Sms).to_string()),
    ]
}

fn of_passwords(policy: &PasswordPolicy) -> [Parameter; 7] {
    [
        ("PasswordMinimumLength", policy.minimum_length.to_string()),
        ("PasswordRequireUppercase", policy.require_uppercase.to_string()),
        ("PasswordRequireLowercase", policy.require_lowercase.to_string()),
        ("PasswordRequireNumbers", policy.require_numbers.to_string()),
        ("PasswordRequireSymbols", policy.require_symbols.to_string()),
        ("TemporaryPasswordValidityDays", policy.temporary_password_validity_days.to_string()),
        ("PasswordHistorySize", policy.history_size.to_string()),
    ]
}

fn of_resource_server(server: Option<&ResourceServer>) -> [Parameter; 2] {
    let identifier = server.map_or(NONE, |server| server.identifier.as_str());
    let none = UpToTen::default();
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

fn of_email(email: Option<&Email>) -> [Parameter; 4] {
    let reply_to = email.and_then(|email| email.reply_to.as_ref());
    let configuration_set = email.and_then(|email| email.configuration_set.as_ref());
    [
        ("EmailSourceArn", or_empty(email.map(|email| &email.source_arn))),
        ("EmailFrom", email.map(|email| sender::header(&email.from)).unwrap_or_default()),
        ("EmailReplyTo", or_empty(reply_to)),
        ("EmailConfigurationSet", or_empty(configuration_set)),
    ]
}

/// Text messages are sent if and only if the external id is set, so one is made if the configuration names
/// none. It need not be secret: the role's conditions name the account and the pool.
fn of_sms(config: &Config) -> [Parameter; 3] {
    let Some(sms) = &config.user_pool.sms else {
        return ["SmsExternalId", "SmsRegion", "SmsOriginationIdentity"].map(|name| (name, String::new()));
    };
    let own = config.region.as_str();
    let preset =
        if sms.origination_identity.is_some() { Some(own) } else { sms_regions(own).first().copied() };
    let external_id =
        sms.external_id.as_ref().map_or_else(|| format!("{}-sms", config.service), ToString::to_string);
    let region = sms.region.as_ref().map(Region::as_str).or(preset).unwrap_or(own);
    [
        ("SmsExternalId", external_id),
        ("SmsRegion", region.to_owned()),
        ("SmsOriginationIdentity", or_empty(sms.origination_identity.as_ref())),
    ]
}

fn of_devices(devices: Option<Devices>) -> [Parameter; 2] {
    let remember = devices.map_or("OFF", |devices| devices.remember.as_str());
    let skips = devices.is_some_and(|devices| devices.skip_second_factor);
    [("DeviceTracking", remember.to_owned()), ("DeviceSkipsSecondFactor", skips.to_string())]
}

fn of_auth(auth: &Auth) -> [Parameter; 5] {
    [
        ("AuthFlow", auth_flow(auth.flow).to_owned()),
        ("RefreshCookie", auth.refresh_cookie.to_string()),
        ("AuthThrottleRatePerSecond", auth.throttle.rate_per_second.to_string()),
        ("AuthThrottleBurst", auth.throttle.burst.to_string()),
        ("Turnstile", auth.turnstile.is_some().to_string()),
    ]
}

fn of_metadata(config: &Config) -> [Parameter; 3] {
    [
        ("ResourceMetadata", config.api.resource_metadata.to_string()),
        ("MetadataIssuers", metadata::issuers(config)),
        ("MetadataScopes", metadata::scopes(config)),
    ]
}

fn of_domain(api: &Api) -> [Parameter; 6] {
    let domain = api.domain.as_ref();
    let zone = domain.and_then(|domain| domain.hosted_zone_id.as_ref());
    let addresses = domain.map(|domain| domain.ip_address_type).unwrap_or_default();
    [
        ("DomainName", or_empty(domain.map(|domain| &domain.name))),
        ("DomainCertificateArn", or_empty(domain.map(|domain| &domain.certificate_arn))),
        ("DomainHostedZoneId", or_empty(zone)),
        ("DomainIpAddressType", addresses.as_str().to_owned()),
        ("BasePath", or_empty(api.base_path.as_ref())),
        ("DisableExecuteApiEndpoint", api.disable_execute_api_endpoint.to_string()),
    ]
}

fn of_operations(operations: &Operations) -> [Parameter; 15] {
    let alarms = &operations.alarms;
    [
        ("AccessLogs", operations.access_logs.to_string()),
        ("LogRetentionDays", operations.log_retention_days.to_string()),
        ("Metrics", operations.metrics.to_string()),
        ("Tracing", operations.tracing.to_string()),
        ("Rollout", operations.rollout.as_str().to_owned()),
        ("AlarmTopicArn", or_empty(alarms.topic_arn.as_ref())),
        ("ServerErrorThreshold", alarms.server_errors.to_string()),
        ("RefusedTokenThreshold", alarms.refused_tokens.to_string()),
        ("LatencyThresholdMillis", alarms.latency_millis.to_string()),
        ("ThrottledRequestThreshold", alarms.throttled_requests.to_string()),
        ("Sentry", operations.sentry.to_string()),
        ("WebAclArn", or_empty(operations.web_acl_arn.as_ref())),
        ("PoolDeletionProtection", protection(operations.protect_user_pool).to_owned()),
        ("TableDeletionProtection", operations.protect_tables.to_string()),
        ("ExistingOrdersTable", or_empty(operations.orders_table.as_ref())),
    ]
}

/// What one address may send within the minute over which the web ACL counts: a tenth of what all callers
/// together may send.
fn of_web_acl(config: &Config) -> [Parameter; 3] {
    let tenth = |per_second: u64| (per_second * 60 / 10).max(LEAST_ADDRESS_LIMIT).to_string();
    [
        ("ManagedWebAcl", config.operations.web_acl.is_some().to_string()),
        ("AddressLimit", tenth(config.api.throttle.rate_per_second.get())),
        ("AuthAddressLimit", tenth(config.auth.throttle.rate_per_second.get())),
    ]
}

/// The SAM transform decides whether a key is required before it evaluates anything else, and takes every
/// text except the empty one for a yes.
fn of_usage_plan(plan: Option<&UsagePlan>) -> [Parameter; 4] {
    let limits = plan.cloned().unwrap_or_default();
    [
        ("ApiKeyRequired", plan.map_or_else(String::new, |_| "true".to_owned())),
        ("KeyRatePerSecond", limits.rate_per_second.to_string()),
        ("KeyBurst", limits.burst.to_string()),
        ("KeyRequestsPerDay", limits.requests_per_day.to_string()),
    ]
}

fn or_empty<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

const fn protection(wanted: bool) -> &'static str {
    if wanted { "ACTIVE" } else { "INACTIVE" }
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

/// All slots, joined by commas. An unused slot is [`NONE`]. No name contains a comma or is [`NONE`].
fn slots<T>(named: &UpToTen<T>, text: fn(&T) -> &str) -> String {
    let named = named.as_slice().iter().map(text);
    named.chain(std::iter::repeat(NONE)).take(UpToTen::<T>::MAX).collect::<Vec<_>>().join(",")
}

/// The origin that the gateway's own answers allow. They can name one origin, all or none. The functions name
/// the caller's own origin.
fn cors_allow_origin(origins: &[CorsOrigin]) -> &str {
    match origins {
        [] => "none",
        [only] => only.as_str(),
        _ => "*",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str, name: &str) -> String {
        let config = Config::parse(json).unwrap();
        all_parameters(&config).into_iter().find(|(found, _)| *found == name).unwrap().1
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
    fn devices_are_remembered_only_as_configured() {
        assert_eq!(value("{}", "DeviceTracking"), "OFF");
        assert_eq!(value("{}", "DeviceSkipsSecondFactor"), "false");
        for remember in ["ALWAYS", "IF_USER_AGREES"] {
            for skips in ["true", "false"] {
                let devices = format!(r#"{{"remember": "{remember}", "skipSecondFactor": {skips}}}"#);
                let json = format!(r#"{{"userPool": {{"devices": {devices}}}}}"#);
                assert_eq!(value(&json, "DeviceTracking"), remember);
                assert_eq!(value(&json, "DeviceSkipsSecondFactor"), skips);
            }
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
            ("api", "resourceMetadata", "ResourceMetadata"),
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
    fn an_address_gets_a_tenth_of_the_limit_or_wafs_minimum() {
        let limits = |json: &str| {
            ["ManagedWebAcl", "AddressLimit", "AuthAddressLimit"].map(|name| value(json, name)).join(" ")
        };
        assert_eq!(limits("{}"), "false 300 60");
        assert_eq!(limits(r#"{"operations": {"webAcl": "managed"}}"#), "true 300 60");
        let throttles = |api: u64, auth: u64| {
            format!(
                r#"{{"api": {{"throttle": {{"ratePerSecond": {api}}}}}, "auth": {{"throttle": {{"ratePerSecond": {auth}}}}}}}"#
            )
        };
        assert_eq!(limits(&throttles(1, 1)), "false 10 10");
        assert_eq!(limits(&throttles(2, 10_000)), "false 12 60000");
    }

    #[test]
    fn an_unused_parameter_is_empty() {
        for name in [
            "DomainName",
            "DomainCertificateArn",
            "DomainHostedZoneId",
            "WebAclArn",
            "AlarmTopicArn",
            "ApiKeyRequired",
        ] {
            assert_eq!(value("{}", name), "", "{name}");
        }
        let without_zone = r#"{"api": {"domain": {"name": "api.example.com",
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"}}}"#;
        assert_eq!(value(without_zone, "DomainName"), "api.example.com");
        assert_eq!(value(without_zone, "DomainHostedZoneId"), "");
    }

    #[test]
    fn a_usage_plan_asks_for_keys_even_when_it_names_no_limit() {
        let json = r#"{"operations": {"usagePlan": {}}}"#;
        assert_eq!((value(json, "ApiKeyRequired"), value(json, "KeyBurst")), ("true".into(), "100".into()));
    }

    #[test]
    fn errors_are_sent_nowhere_by_default() {
        assert_eq!(value("{}", "Sentry"), "false");
        assert_eq!(value(r#"{"operations": {"sentry": true}}"#, "Sentry"), "true");
    }

    #[test]
    fn no_proof_of_humanity_is_required_by_default() {
        assert_eq!(value("{}", "Turnstile"), "false");
        let json = r#"{"userPool": {"clientSecret": true}, "auth": {"turnstile": {}}}"#;
        assert_eq!(value(json, "Turnstile"), "true");
    }

    #[test]
    fn the_pool_is_protected_by_default() {
        assert_eq!(value("{}", "PoolDeletionProtection"), "ACTIVE");
        let json = r#"{"operations": {"protectUserPool": false}}"#;
        assert_eq!(value(json, "PoolDeletionProtection"), "INACTIVE");
    }

    #[test]
    fn the_table_is_protected_and_the_stacks_own_by_default() {
        assert_eq!(value("{}", "TableDeletionProtection"), "true");
        assert_eq!(value("{}", "ExistingOrdersTable"), "");
        let json = r#"{"operations": {"protectTables": false, "ordersTable": "shop-OrdersTable-1A2B"}}"#;
        assert_eq!(value(json, "TableDeletionProtection"), "false");
        assert_eq!(value(json, "ExistingOrdersTable"), "shop-OrdersTable-1A2B");
    }

    #[test]
    fn a_reservation_is_a_number_or_nothing() {
        assert_eq!(value("{}", "AuthorizerReservedConcurrency"), "");
        let json = r#"{"authorizer": {"reservedConcurrency": 50}}"#;
        assert_eq!(value(json, "AuthorizerReservedConcurrency"), "50");
    }

    #[test]
    fn a_domain_has_both_kinds_of_address_unless_it_says_one() {
        let with = |rest: &str| {
            let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a";
            let domain = format!(r#"{{"name": "a.example", "certificateArn": "{certificate}"{rest}}}"#);
            format!(r#"{{"api": {{"domain": {domain}, "disableExecuteApiEndpoint": true}}}}"#)
        };
        assert_eq!(value("{}", "DomainIpAddressType"), "dualstack");
        assert_eq!(value(&with(""), "DomainIpAddressType"), "dualstack");
        assert_eq!(value(&with(r#", "ipAddressType": "ipv4""#), "DomainIpAddressType"), "ipv4");
        assert_eq!(value("{}", "DisableExecuteApiEndpoint"), "false");
        assert_eq!(value(&with(""), "DisableExecuteApiEndpoint"), "true");
    }

    #[test]
    fn a_pools_mail_has_a_sender_in_the_form_of_a_header() {
        let all = ["EmailSourceArn", "EmailFrom", "EmailReplyTo", "EmailConfigurationSet"];
        assert_eq!(all.map(|name| value("{}", name)), [""; 4]);
        let arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com";
        let mail = |rest: &str| format!(r#"{{"userPool": {{"email": {{"sourceArn": "{arn}", {rest}}}}}}}"#);
        let short = mail(r#""from": "no-reply@example.com""#);
        assert_eq!(all.map(|name| value(&short, name)), [arn, "no-reply@example.com", "", ""]);
        let full = mail(
            r#""from": "Grün <no-reply@example.com>", "replyTo": "help@a.example", "configurationSet": "users""#,
        );
        let from = "=?UTF-8?B?R3LDvG4=?= <no-reply@example.com>";
        assert_eq!(all.map(|name| value(&full, name)), [arn, from, "help@a.example", "users"]);
    }

    #[test]
    fn a_pool_gets_the_named_plan_or_the_least_that_it_needs() {
        assert_eq!(value("{}", "UserPoolPlan"), "LITE");
        assert_eq!(value(r#"{"auth": {"flow": "USER_AUTH"}}"#, "UserPoolPlan"), "ESSENTIALS");
        for plan in ["LITE", "ESSENTIALS", "PLUS"] {
            assert_eq!(value(&format!(r#"{{"userPool": {{"plan": "{plan}"}}}}"#), "UserPoolPlan"), plan);
        }
    }

    #[test]
    fn each_second_factor_has_a_switch_of_its_own() {
        let all = ["TotpFactor", "EmailFactor", "SmsFactor"];
        assert_eq!(all.map(|name| value("{}", name)), ["true", "false", "false"]);
        let texts = r#"{"userPool": {"secondFactors": ["SMS"], "sms": {}}}"#;
        assert_eq!(all.map(|name| value(texts, name)), ["false", "false", "true"]);
    }

    #[test]
    fn text_messages_have_a_default_external_id_and_region() {
        let all = ["SmsExternalId", "SmsRegion", "SmsOriginationIdentity"];
        let sms = |rest: &str, region: &str| {
            let pool = format!(r#"{{"secondFactors": ["SMS"], "sms": {{{rest}}}}}"#);
            let json = format!(r#"{{"service": "shop", "region": "{region}", "userPool": {pool}}}"#);
            all.map(|name| value(&json, name))
        };
        assert_eq!(all.map(|name| value("{}", name)), [""; 3]);
        assert_eq!(sms("", "eu-central-1"), ["shop-sms", "eu-central-1", ""]);
        assert_eq!(sms("", "ap-northeast-2"), ["shop-sms", "ap-northeast-1", ""]);
        let named = r#""externalId": "ours", "region": "eu-west-1""#;
        assert_eq!(sms(named, "eu-central-1"), ["ours", "eu-west-1", ""]);
        let arn = "arn:aws:sms-voice:ap-northeast-2:123456789012:sender-id/SHOP/KR";
        let direct = format!(r#""originationIdentity": "{arn}""#);
        assert_eq!(sms(&direct, "ap-northeast-2"), ["shop-sms", "ap-northeast-2", arn]);
    }

    #[test]
    fn no_old_password_is_remembered_by_default() {
        assert_eq!(value("{}", "PasswordHistorySize"), "0");
        let json = r#"{"userPool": {"passwordPolicy": {"historySize": 24}}}"#;
        assert_eq!(value(json, "PasswordHistorySize"), "24");
    }

    #[test]
    fn every_rollout_has_codedeploys_own_word() {
        for way in ["AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery10Minutes"] {
            assert_eq!(value(&format!(r#"{{"operations": {{"rollout": "{way}"}}}}"#), "Rollout"), way);
        }
    }
}
