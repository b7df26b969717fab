//! Each check's outcomes, and whole runs, over what Cognito sends on the wire.

use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_smithy_mocks::{RuleMode, mock_client};
use platform::config::{ClientId, PoolId};
use serde_json::{Value, json};

use super::*;
use crate::aws::Place;
use crate::cognito::scripted::{Reply, next_call, refused};

const SECRET: &str = "the-secret-of-the-client";

fn ids() -> PoolIds {
    PoolIds { pool: PoolId::new("us-east-1_Pool").unwrap(), client: ClientId::new("client").unwrap() }
}

/// What Cognito answers to the three calls, and config.json.
#[derive(Clone)]
struct World {
    pool: Value,
    client: Value,
    mfa: Value,
    config: Value,
}

/// A pool with which all is well.
fn good() -> World {
    World {
        pool: json!({
            "UsernameAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false },
            "AutoVerifiedAttributes": ["email"], "DeletionProtection": "ACTIVE", "UserPoolTier": "LITE",
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false }, "LambdaConfig": {},
            "SchemaAttributes": [
                { "Name": "sub", "Required": true, "Mutable": false },
                { "Name": "email", "Required": true, "Mutable": true },
                { "Name": "custom:team", "Required": false, "Mutable": true },
            ],
            "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:x" },
            "Policies": { "PasswordPolicy": {
                "MinimumLength": 12, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
            } },
        }),
        client: json!({
            "ClientSecret": SECRET, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "EnableTokenRevocation": true, "PreventUserExistenceErrors": "ENABLED",
            "AccessTokenValidity": 3600, "IdTokenValidity": 1, "RefreshTokenValidity": 30,
            "TokenValidityUnits": { "AccessToken": "seconds" },
        }),
        mfa: json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
        config: json!({ "userPool": { "clientSecret": true } }),
    }
}

/// The good one with other members in one of its parts. A null takes a member away.
fn with(part: &str, changes: &Value, config: &Value) -> World {
    let World { mut pool, mut client, mut mfa, config: base } = good();
    let target = match part {
        "pool" => &mut pool,
        "client" => &mut client,
        "mfa" => &mut mfa,
        _ => panic!("{part}"),
    };
    *target = crate::overlay::merge(target.take(), changes.clone());
    World { pool, client, mfa, config: crate::overlay::merge(base, config.clone()) }
}

async fn described(replies: [Reply; 3]) -> Result<Described, Error> {
    let [client, pool, mfa] = replies;
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
    let sdk = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::Sequential, &script, |config| {
        config.retry_config(RetryConfig::disabled())
    });
    Described::of(&sdk, &Place { region: "us-east-1".into(), endpoint: None }, &ids()).await
}

async fn findings(world: &World) -> (Described, Vec<(&'static Check, Finding)>) {
    let replies = [
        Reply::Ok(json!({ "UserPoolClient": world.client })),
        Reply::Ok(json!({ "UserPool": world.pool })),
        Reply::Ok(world.mfa.clone()),
    ];
    let config = Config::parse(&world.config.to_string()).unwrap();
    let found = described(replies).await.unwrap();
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
async fn a_bad_pool_says_what_follows_and_how_to_mend_it() {
    let bad = World {
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
         --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH",
        "mend: aws cognito-idp update-user-pool --region us-east-1 --user-pool-id us-east-1_Pool --auto-verified-attributes email\n",
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

/// A check, what is otherwise in which part, what is otherwise in config.json, and how the check ends then.
#[expect(clippy::too_many_lines, reason = "a table, one row a case")]
fn outcomes() -> Vec<(&'static str, &'static str, Value, Value, Verdict)> {
    use Verdict::{Broken, Ok, Warning};
    let safe = json!({ "auth": { "enumerationSafe": true } });
    let closed = json!({ "userPool": { "selfSignUp": false } });
    let team = json!({ "auth": { "customAttributes": ["custom:team"] } });
    let none = json!({});
    let short = json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8 } } });
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
        ("flow", "client", json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"] }), none.clone(), Ok),
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
        (
            "devices",
            "pool",
            json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": false } }),
            none.clone(),
            Warning,
        ),
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
        ("issuer", "pool", json!({ "IssuerConfiguration": { "Type": "UNHEARD_OF" } }), none.clone(), Warning),
        ("region", "pool", none.clone(), json!({ "region": "eu-west-1" }), Warning),
        ("deletion protection", "pool", json!({ "DeletionProtection": "INACTIVE" }), none, Warning),
    ]
}

#[tokio::test]
async fn each_check_ends_as_its_row_says() {
    for (name, part, changes, config, verdict) in outcomes() {
        let (_, findings) = findings(&with(part, &changes, &config)).await;
        let (_, finding) = findings.iter().find(|(check, _)| check.name == name).unwrap();
        assert_eq!(finding.verdict, verdict, "{name}: {changes} {config}: {finding:?}");
        assert_eq!(finding.follows.is_empty(), verdict == Verdict::Ok, "{name}");
    }
}

#[test]
fn every_check_has_a_row_in_which_it_is_not_ok_and_a_source_of_aws() {
    let rows = outcomes();
    for (index, check) in CHECKS.iter().enumerate() {
        assert!(rows.iter().any(|row| row.0 == check.name && row.4 != Verdict::Ok), "{}", check.name);
        assert!(check.source.starts_with("https://docs.aws.amazon.com/cognito"), "{}", check.source);
        assert!(!CHECKS[..index].iter().any(|other| other.name == check.name), "{}", check.name);
    }
}

#[test]
fn the_documentation_has_a_row_for_each_check_in_the_same_order() {
    let page = include_str!("../../../../docs/existing-pool.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), CHECKS.iter().map(|check| check.name).collect::<Vec<_>>());
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
        let world = with("pool", &json!({ "LambdaConfig": { field: "arn:of:it" } }), &json!({}));
        let (_, findings) = findings(&world).await;
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
