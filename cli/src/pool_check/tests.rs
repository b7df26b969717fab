//! The possible results of each check, and whole runs, with Cognito's answers as they are sent over the
//! network.

use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_smithy_mocks::{RuleMode, mock_client};
use platform::config::{ClientId, PoolId};
use serde_json::{Value, json};

use super::*;
use crate::cognito::scripted::{Reply, next_call, refused};
use crate::place::Place;

const SECRET: &str = "the-secret-of-the-client";

fn ids() -> PoolIds {
    PoolIds { pool: PoolId::new("us-east-1_Pool").unwrap(), client: ClientId::new("client").unwrap() }
}

/// Cognito's answers to the three calls, and config.json.
#[derive(Clone)]
struct Fixture {
    pool: Value,
    client: Value,
    mfa: Value,
    config: Value,
}

/// A pool without any fault.
fn good() -> Fixture {
    Fixture {
        pool: json!({
            "UsernameAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false },
            "AutoVerifiedAttributes": ["email"], "DeletionProtection": "ACTIVE", "UserPoolTier": "LITE",
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false }, "LambdaConfig": {},
            "SchemaAttributes": [
                { "Name": "sub", "Required": true, "Mutable": false },
                { "Name": "email", "Required": true, "Mutable": true },
                { "Name": "name", "Required": false, "Mutable": true },
                { "Name": "custom:team", "Required": false, "Mutable": true },
            ],
            "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:x" },
            "Policies": { "PasswordPolicy": {
                "MinimumLength": 12, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
            } },
        }),
        client: json!({
            "ClientSecret": SECRET, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
            "EnableTokenRevocation": true, "PreventUserExistenceErrors": "ENABLED",
            "AccessTokenValidity": 3600, "IdTokenValidity": 1, "RefreshTokenValidity": 30,
            "TokenValidityUnits": { "AccessToken": "seconds" },
        }),
        mfa: json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
        config: json!({ "userPool": { "clientSecret": true } }),
    }
}

/// The good fixture with changed members in one of its parts. A null removes a member.
fn with(part: &str, changes: &Value, config: &Value) -> Fixture {
    let Fixture { mut pool, mut client, mut mfa, config: mut whole } = good();
    let target = match part {
        "pool" => &mut pool,
        "client" => &mut client,
        "mfa" => &mut mfa,
        _ => panic!("{part}"),
    };
    json_patch::merge(target, changes);
    json_patch::merge(&mut whole, config);
    Fixture { pool, client, mfa, config: whole }
}

async fn described(replies: [Reply; 3]) -> Result<Described, Error> {
    described_with(replies, []).await
}

/// The same with further clients, whose ids are `other-0` and so on.
async fn described_with<const N: usize>(replies: [Reply; 3], others: [Reply; N]) -> Result<Described, Error> {
    let [client, pool, mfa] = replies;
    let further = others.map(|reply| {
        next_call!(
            describe_user_pool_client,
            |request| request.client_id().is_some_and(|id| id.starts_with("other-")),
            reply
        )
    });
    let script = [
        next_call!(
            describe_user_pool_client,
            |request| request.user_pool_id() == Some("us-east-1_Pool")
                && request.client_id() == Some("client"),
            client
        ),
        next_call!(describe_user_pool, |request| request.user_pool_id() == Some("us-east-1_Pool"), pool),
        next_call!(get_user_pool_mfa_config, |request| request.user_pool_id() == Some("us-east-1_Pool"), mfa),
    ];
    let script: Vec<_> = script.into_iter().chain(further).collect();
    let others: Vec<_> = (0..N).map(|at| ClientId::new(&format!("other-{at}")).unwrap()).collect();
    let sdk = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::Sequential, &script, |config| {
        config.retry_config(RetryConfig::disabled())
    });
    Described::of(&sdk, &Place { region: "us-east-1".into(), endpoint: None }, &ids(), &others).await
}

fn replies(fixture: &Fixture) -> [Reply; 3] {
    [
        Reply::Ok(json!({ "UserPoolClient": fixture.client })),
        Reply::Ok(json!({ "UserPool": fixture.pool })),
        Reply::Ok(fixture.mfa.clone()),
    ]
}

async fn findings(fixture: &Fixture) -> (Described, Vec<(&'static Check, Finding)>) {
    let config = Config::parse(&fixture.config.to_string()).unwrap();
    let found = described(replies(fixture)).await.unwrap();
    let findings = judge(&found, &ids(), &config);
    (found, findings)
}

fn texts(findings: &[(&'static Check, Finding)]) -> (String, Value) {
    let (mut text, mut object) = (Vec::new(), Vec::new());
    print(&ids(), findings, &mut text).unwrap();
    print_json(&ids(), findings, &mut object).unwrap();
    (String::from_utf8(text).unwrap(), serde_json::from_slice(&object).unwrap())
}

#[tokio::test]
async fn a_good_pool_is_ok_in_everything_and_shows_no_secret() {
    let (found, findings) = findings(&good()).await;
    let (text, object) = texts(&findings);
    assert!(findings.iter().all(|(_, finding)| finding.verdict == Verdict::Ok), "{text}");
    assert!(text.ends_with(&format!("{} ok, 0 warning, 0 broken\n", CHECKS.len())), "{text}");
    assert_eq!(
        (&object["broken"], object["checks"].as_array().unwrap().len()),
        (&json!(false), CHECKS.len())
    );
    for output in [text, object.to_string(), format!("{found:?}")] {
        assert!(!output.contains(SECRET), "{output}");
    }
}

#[tokio::test]
async fn a_bad_pool_is_reported_with_consequences_and_corrections() {
    let bad = Fixture {
        pool: json!({ "AliasAttributes": ["email"] }),
        client: json!({ "ClientSecret": SECRET, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] }),
        mfa: json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} }),
        config: json!({ "region": "eu-west-1", "auth": { "enumerationSafe": true } }),
    };
    let (_, findings) = findings(&bad).await;
    let (text, object) = texts(&findings);
    for line in [
        "user pool us-east-1_Pool, app client client\n",
        "broken   sign-in attributes: email is an alias\n",
        "mend: cannot be changed: a new pool\n",
        "mend: aws cognito-idp update-user-pool-client --region us-east-1 --user-pool-id us-east-1_Pool --client-id client \
         --explicit-auth-flows ALLOW_USER_SRP_AUTH ALLOW_USER_PASSWORD_AUTH --cli-input-json file://client.json\n",
        "mend: aws cognito-idp update-user-pool --region us-east-1 --user-pool-id us-east-1_Pool --auto-verified-attributes email \
         --cli-input-json file://pool.json\n",
        "SET BACK TO THEIR DEFAULTS",
        "broken   user existence: LEGACY\n",
        "warning  region: us-east-1\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(object["broken"], true);
    let flow = object["checks"].as_array().unwrap().iter().find(|check| check["name"] == "flow").unwrap();
    assert_eq!((&flow["verdict"], &flow["resetsWhatIsNotGiven"]), (&json!("broken"), &json!(true)));
    assert!(!text.contains(SECRET) && !object.to_string().contains(SECRET));
}

/// The name of a check, which part differs, how it differs, how config.json differs, and the check's result.
#[expect(clippy::too_many_lines, reason = "a table, one row a case")]
fn outcomes() -> Vec<(&'static str, &'static str, Value, Value, Verdict)> {
    use Verdict::{Broken, Ok, Warning};
    let safe = json!({ "auth": { "enumerationSafe": true } });
    let closed = json!({ "userPool": { "selfSignUp": false } });
    let team = json!({ "auth": { "customAttributes": ["custom:team"] } });
    let none = json!({});
    let short = json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8 } } });
    let tracks = json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": false } });
    let remembers = json!({ "userPool": { "devices": { "remember": "ALWAYS" } } });
    let recovery = |ways: &[&str]| {
        let way = |(at, name): (usize, &&str)| json!({ "Priority": at + 1, "Name": name });
        json!({ "AccountRecoverySetting": { "RecoveryMechanisms": ways.iter().enumerate().map(way).collect::<Vec<_>>() } })
    };
    let required = |name: &str| json!({ "SchemaAttributes": [{ "Name": name, "Required": true }] });
    vec![
        (
            "sign-in attributes",
            "pool",
            json!({ "UsernameAttributes": ["phone_number", "email"] }),
            none.clone(),
            Ok,
        ),
        (
            "sign-in attributes",
            "pool",
            json!({ "UsernameAttributes": ["phone_number"] }),
            none.clone(),
            Broken,
        ),
        (
            "sign-in attributes",
            "pool",
            json!({ "UsernameAttributes": null, "AliasAttributes": ["email"] }),
            none.clone(),
            Broken,
        ),
        ("sign-in attributes", "pool", json!({ "UsernameAttributes": null }), none.clone(), Warning),
        ("case", "pool", json!({ "UsernameConfiguration": null }), none.clone(), Warning),
        (
            "case",
            "pool",
            json!({ "UsernameConfiguration": { "CaseSensitive": true } }),
            none.clone(),
            Warning,
        ),
        ("verified email", "pool", json!({ "AutoVerifiedAttributes": null }), none.clone(), Broken),
        ("verified email", "pool", json!({ "AutoVerifiedAttributes": null }), closed.clone(), Warning),
        (
            "verified email",
            "pool",
            json!({ "AutoVerifiedAttributes": null, "LambdaConfig": { "PreSignUp": "arn" } }),
            none.clone(),
            Warning,
        ),
        ("changed email", "pool", json!({ "UserAttributeUpdateSettings": null }), none.clone(), Warning),
        ("changed email", "pool", json!({ "UserAttributeUpdateSettings": null }), safe.clone(), Broken),
        (
            "sign-up",
            "pool",
            json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } }),
            none.clone(),
            Broken,
        ),
        (
            "sign-up",
            "pool",
            json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } }),
            closed.clone(),
            Ok,
        ),
        ("sign-up", "pool", none.clone(), closed, Warning),
        ("attributes", "client", json!({ "WriteAttributes": ["name"] }), none.clone(), Broken),
        ("attributes", "client", json!({ "WriteAttributes": ["email", "custom:team"] }), team.clone(), Ok),
        ("attributes", "client", json!({ "WriteAttributes": ["email"] }), team.clone(), Broken),
        ("attributes", "client", none.clone(), team.clone(), Broken),
        ("attributes", "pool", required("email"), team, Broken),
        ("attributes", "pool", required("birthdate"), none.clone(), Warning),
        ("attributes", "pool", required("custom:x"), none.clone(), Broken),
        (
            "mutable email",
            "pool",
            json!({ "SchemaAttributes": [{ "Name": "email", "Mutable": false }] }),
            none.clone(),
            Warning,
        ),
        ("account recovery", "pool", recovery(&["verified_email"]), none.clone(), Ok),
        (
            "account recovery",
            "pool",
            recovery(&["verified_phone_number", "verified_email"]),
            none.clone(),
            Ok,
        ),
        ("account recovery", "pool", recovery(&["verified_phone_number"]), none.clone(), Warning),
        ("account recovery", "pool", recovery(&["admin_only"]), none.clone(), Broken),
        (
            "readable attributes",
            "client",
            json!({ "ReadAttributes": ["email", "email_verified", "name"] }),
            none.clone(),
            Ok,
        ),
        ("readable attributes", "client", json!({ "ReadAttributes": ["email"] }), none.clone(), Warning),
        ("flow", "client", json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"] }), none.clone(), Ok),
        (
            "admin flow",
            "client",
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] }),
            none.clone(),
            Warning,
        ),
        ("admin flow", "client", json!({ "ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH"] }), none.clone(), Ok),
        ("flow", "client", json!({ "ExplicitAuthFlows": null }), none.clone(), Broken),
        ("flow", "client", none.clone(), json!({ "auth": { "flow": "USER_AUTH" } }), Broken),
        (
            "flow",
            "client",
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] }),
            json!({ "auth": { "flow": "USER_AUTH" } }),
            Ok,
        ),
        (
            "refresh",
            "client",
            json!({ "RefreshTokenRotation": { "Feature": "ENABLED" } }),
            none.clone(),
            Warning,
        ),
        ("refresh", "client", json!({ "RefreshTokenRotation": { "Feature": "DISABLED" } }), none.clone(), Ok),
        ("refresh", "client", none.clone(), json!({ "userPool": { "refreshTokenRotation": true } }), Warning),
        ("client secret", "client", json!({ "ClientSecret": null }), none.clone(), Warning),
        ("client secret", "client", none.clone(), json!({ "userPool": { "clientSecret": false } }), Warning),
        (
            "client secret",
            "client",
            json!({ "ClientSecret": null }),
            json!({ "userPool": { "clientSecret": false } }),
            Ok,
        ),
        ("revocation", "client", json!({ "EnableTokenRevocation": false }), none.clone(), Warning),
        (
            "user existence",
            "client",
            json!({ "PreventUserExistenceErrors": "LEGACY" }),
            none.clone(),
            Warning,
        ),
        ("user existence", "client", json!({ "PreventUserExistenceErrors": null }), safe.clone(), Broken),
        ("token validity", "client", json!({ "TokenValidityUnits": null }), none.clone(), Warning),
        (
            "token validity",
            "client",
            json!({ "TokenValidityUnits": null, "AccessTokenValidity": null, "IdTokenValidity": null, "RefreshTokenValidity": 0 }),
            none.clone(),
            Ok,
        ),
        (
            "token validity",
            "client",
            json!({ "AccessTokenValidity": 60, "TokenValidityUnits": { "AccessToken": "minutes" } }),
            none.clone(),
            Ok,
        ),
        ("devices", "pool", tracks.clone(), none.clone(), Warning),
        ("devices", "pool", tracks, remembers.clone(), Ok),
        ("devices", "pool", none.clone(), remembers, Warning),
        ("second factor", "mfa", json!({ "EmailMfaConfiguration": {} }), none.clone(), Ok),
        ("second factor", "mfa", json!({ "MfaConfiguration": "ON" }), none.clone(), Warning),
        (
            "second factor",
            "mfa",
            json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": null, "SmsMfaConfiguration": {} }),
            none.clone(),
            Broken,
        ),
        (
            "second factor",
            "mfa",
            json!({ "MfaConfiguration": "OFF" }),
            json!({ "userPool": { "mfa": "OFF" } }),
            Ok,
        ),
        ("plan", "pool", json!({ "UserPoolTier": null }), none.clone(), Warning),
        ("plan", "pool", none.clone(), json!({ "userPool": { "refreshTokenRotation": true } }), Broken),
        (
            "plan",
            "pool",
            json!({ "UserPoolTier": "PLUS" }),
            json!({ "userPool": { "threatProtection": "AUDIT" } }),
            Ok,
        ),
        (
            "threat protection",
            "pool",
            json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } }),
            none.clone(),
            Warning,
        ),
        (
            "threat protection",
            "pool",
            none.clone(),
            json!({ "userPool": { "threatProtection": "AUDIT" } }),
            Broken,
        ),
        (
            "threat protection",
            "client",
            json!({ "EnablePropagateAdditionalUserContextData": true }),
            json!({ "userPool": { "threatProtection": "AUDIT" } }),
            Warning,
        ),
        ("triggers", "pool", json!({ "LambdaConfig": { "UserMigration": "arn" } }), none.clone(), Warning),
        ("password policy", "pool", short.clone(), none.clone(), Ok),
        ("password policy", "pool", short, safe, Broken),
        ("password policy", "pool", json!({ "Policies": null }), none.clone(), Warning),
        ("mail", "pool", json!({ "EmailConfiguration": null }), none.clone(), Warning),
        (
            "mail",
            "pool",
            json!({ "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" } }),
            none.clone(),
            Warning,
        ),
        ("mail", "pool", json!({ "EmailConfigurationFailure": "not verified" }), none.clone(), Broken),
        ("text messages", "pool", json!({ "SmsConfiguration": {} }), none.clone(), Ok),
        ("text messages", "pool", json!({ "SmsConfigurationFailure": "no role" }), none.clone(), Broken),
        ("issuer", "pool", json!({ "IssuerConfiguration": { "Type": "UNHEARD_OF" } }), none.clone(), Warning),
        ("region", "pool", none.clone(), json!({ "region": "eu-west-1" }), Warning),
        ("deletion protection", "pool", json!({ "DeletionProtection": "INACTIVE" }), none, Warning),
    ]
}

#[tokio::test]
async fn each_check_has_the_result_of_its_row() {
    for (name, part, changes, config, verdict) in outcomes() {
        let (_, findings) = findings(&with(part, &changes, &config)).await;
        let (_, finding) = findings.iter().find(|(check, _)| check.name == name).unwrap();
        assert_eq!(finding.verdict, verdict, "{name}: {changes} {config}: {finding:?}");
        assert_eq!(finding.follows.is_empty(), verdict == Verdict::Ok, "{name}");
    }
}

#[test]
fn every_check_has_a_failing_row_and_a_source_of_aws() {
    let rows = outcomes();
    for (index, check) in CHECKS.iter().enumerate() {
        // These two depend on whether a client exists, and have tests of their own.
        let is_apart = ["pool and client", "other clients"].contains(&check.name);
        assert!(
            is_apart || rows.iter().any(|row| row.0 == check.name && row.4 != Verdict::Ok),
            "{}",
            check.name
        );
        assert!(check.source.starts_with("https://docs.aws.amazon.com/cognito"), "{}", check.source);
        assert!(!CHECKS[..index].iter().any(|other| other.name == check.name), "{}", check.name);
    }
}

#[test]
fn the_documentation_has_a_row_for_each_check_in_the_same_order() {
    let page = include_str!("../../../docs/existing-pool.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), CHECKS.iter().map(|check| check.name).collect::<Vec<_>>());
}

/// The only finding with this name.
fn one<'a>(findings: &'a [(&'static Check, Finding)], name: &str) -> &'a Finding {
    &findings.iter().find(|(check, _)| check.name == name).unwrap().1
}

#[tokio::test]
async fn a_missing_pool_is_a_finding_and_other_refusals_are_errors() {
    let fine = || Reply::Ok(json!({ "UserPoolClient": {}, "UserPool": {} }));
    let config = Config::parse("{}").unwrap();
    let gone = described([refused("ResourceNotFoundException", "no"), fine(), fine()]).await;
    let gone = super::findings(gone, &ids(), &config).unwrap();
    let (text, object) = texts(&gone);
    assert!(
        text.contains("broken   pool and client: there is no user pool us-east-1_Pool in us-east-1"),
        "{text}"
    );
    assert!(text.contains("mend: correct userPool.id and userPool.clientId"), "{text}");
    assert_eq!((&object["broken"], gone.len()), (&json!(true), 1));
    let barred = described([refused("AccessDeniedException", "no"), fine(), fine()]).await;
    assert!(super::findings(barred, &ids(), &config).is_err());
}

#[tokio::test]
async fn each_further_client_has_to_be_there_and_to_give_tokens() {
    use Verdict::{Broken, Ok, Warning};
    let machine =
        json!({ "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthFlowsUserPoolClient": true });
    let cases = [
        (Reply::Ok(json!({ "UserPoolClient": machine })), Ok),
        (Reply::Ok(json!({ "UserPoolClient": { "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] } })), Ok),
        (Reply::Ok(json!({ "UserPoolClient": { "AllowedOAuthFlows": ["code"] } })), Warning),
        (
            Reply::Ok(json!({ "UserPoolClient": { "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] } })),
            Warning,
        ),
        (refused("ResourceNotFoundException", "no"), Broken),
    ];
    let config = Config::parse(&good().config.to_string()).unwrap();
    for (at, (reply, verdict)) in cases.into_iter().enumerate() {
        let found = described_with(replies(&good()), [reply]).await.unwrap();
        let findings = judge(&found, &ids(), &config);
        let finding = one(&findings, "other clients");
        assert_eq!(finding.verdict, verdict, "{at}: {finding:?}");
        assert!(finding.found.contains("other-0"), "{}", finding.found);
    }
}

#[tokio::test]
async fn a_further_client_shows_no_secret_and_a_denial_is_an_error() {
    let reply = || Reply::Ok(json!({ "UserPoolClient": { "ClientSecret": SECRET } }));
    let found = described_with(replies(&good()), [reply(), reply()]).await.unwrap();
    assert_eq!(found.others.len(), 2);
    assert!(!format!("{found:?}").contains(SECRET));
    let barred = described_with(replies(&good()), [refused("AccessDeniedException", "no")]).await;
    assert!(barred.is_err());
}

#[tokio::test]
async fn an_address_for_the_second_factor_gets_no_reset_code() {
    let Fixture { client, config, .. } = good();
    for (first, verdict) in [("verified_email", Verdict::Warning), ("verified_phone_number", Verdict::Ok)] {
        let other = if first == "verified_email" { "verified_phone_number" } else { "verified_email" };
        // Cognito may list them in any order.
        let ways = json!([{ "Priority": 2, "Name": other }, { "Priority": 1, "Name": first }]);
        let mut pool = good().pool;
        json_patch::merge(&mut pool, &json!({ "AccountRecoverySetting": { "RecoveryMechanisms": ways } }));
        let fixture = Fixture {
            pool,
            mfa: json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} }),
            client: client.clone(),
            config: config.clone(),
        };
        let (_, findings) = findings(&fixture).await;
        assert_eq!(one(&findings, "account recovery").verdict, verdict, "{first}");
    }
}

#[tokio::test]
async fn a_correction_of_a_list_keeps_its_current_entries() {
    let fixture = Fixture {
        client: json!({
            "ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY"], "ReadAttributes": ["name"],
        }),
        config: json!({ "auth": { "customAttributes": ["custom:team"] } }),
        ..good()
    };
    let (_, findings) = findings(&fixture).await;
    for (name, option) in [
        (
            "flow",
            "--explicit-auth-flows ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_CUSTOM_AUTH ALLOW_USER_PASSWORD_AUTH",
        ),
        ("attributes", "--write-attributes email name custom:team"),
        ("readable attributes", "--read-attributes name email email_verified"),
    ] {
        assert_eq!(one(&findings, name).mend, Mend::Client(option.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn each_trigger_is_named_with_what_it_means() {
    for (field, name) in [
        ("PreSignUp", "PreSignUp"),
        ("PostConfirmation", "PostConfirmation"),
        ("PreAuthentication", "PreAuthentication"),
        ("PostAuthentication", "PostAuthentication"),
        ("PreTokenGeneration", "PreTokenGeneration"),
        ("UserMigration", "UserMigration"),
        ("CustomMessage", "CustomMessage"),
        ("DefineAuthChallenge", "custom challenges"),
        ("VerifyAuthChallengeResponse", "custom challenges"),
    ] {
        let fixture = with("pool", &json!({ "LambdaConfig": { field: "arn:of:it" } }), &json!({}));
        let (_, findings) = findings(&fixture).await;
        let (_, finding) = findings.iter().find(|(check, _)| check.name == "triggers").unwrap();
        assert_eq!(finding.found, name);
        assert!(finding.follows.starts_with(name), "{}", finding.follows);
    }
}

#[tokio::test]
async fn what_cognito_refuses_is_an_error_that_says_what_to_do() {
    let fine = || Reply::Ok(json!({ "UserPoolClient": {}, "UserPool": {} }));
    let missing = described([refused("ResourceNotFoundException", "no"), fine(), fine()]).await.unwrap_err();
    assert!(matches!(missing, Error::NoClient { .. }), "{missing}");
    for (replies, operation) in [
        ([refused("AccessDeniedException", "no"), fine(), fine()], "cognito-idp:DescribeUserPoolClient"),
        ([fine(), refused("AccessDeniedException", "no"), fine()], "cognito-idp:DescribeUserPool`"),
        ([fine(), fine(), refused("AccessDeniedException", "no")], "cognito-idp:GetUserPoolMfaConfig"),
    ] {
        let error = described(replies).await.unwrap_err();
        assert!(error.to_string().contains(operation), "{operation}: {error}");
        assert_eq!(error.exit_code(), 1);
    }
}
