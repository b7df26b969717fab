//! Issuers beside the own pool.

use serde_json::json;

use super::*;

#[test]
fn an_issuer_needs_a_place_for_its_keys_and_a_client() {
    let cognito = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/us-east-1_abc";
    for (issuers, expected) in [
        (json!([{ "issuer": cognito, "clientIds": ["a"] }]), vec![]),
        (json!([{ "issuer": cognito }]), vec!["/authorizer/issuers/0/clientIds"]),
        (json!([{ "issuer": cognito, "clientIds": [] }]), vec!["/authorizer/issuers/0/clientIds"]),
        (
            json!([{ "issuer": "https://a.example", "jwksUri": "http://a.example/keys", "clientIds": ["a"] }]),
            vec!["/authorizer/issuers/0/jwksUri"],
        ),
        (
            json!([{ "issuer": cognito, "clientIds": ["a"] }, { "issuer": cognito, "clientIds": ["b"] }]),
            vec!["/authorizer/issuers/1/issuer"],
        ),
    ] {
        assert_eq!(pointers(&with("/authorizer/issuers", issuers)), expected);
    }
}

#[test]
fn an_issuer_has_the_terms_of_its_kind_and_no_others() {
    for (entry, expected) in [
        (cognito(), ""),
        (changed(cognito(), "kind", json!("cognito")), ""),
        (changed(cognito(), "tokenUse", json!(["access", "id"])), ""),
        (changed(cognito(), "audiences", json!(["a"])), "audiences"),
        (changed(cognito(), "algorithms", json!(["RS256"])), "algorithms"),
        (changed(cognito(), "claims", json!({})), "claims"),
        (changed(cognito(), "clientIds", json!(null)), "clientIds"),
        (changed(cognito(), "kind", json!("saml")), "kind"),
        (oidc(), ""),
        (changed(oidc(), "claims", json!(null)), ""),
        (changed(oidc(), "algorithms", json!(null)), ""),
        (changed(oidc(), "audiences", json!(null)), ""),
        (changed(oidc(), "clientIds", json!(null)), ""),
        (changed(changed(oidc(), "clientIds", json!(null)), "audiences", json!(null)), "audiences"),
        (changed(oidc(), "audiences", json!([])), "audiences"),
        (changed(oidc(), "tokenUse", json!(["access"])), "tokenUse"),
        (changed(oidc(), "jwksUri", json!(null)), "jwksUri"),
        (changed(oidc(), "jwksUri", json!("http://idp.example/keys")), "jwksUri"),
        (changed(oidc(), "jwksUri", json!("https://idp.example/keys?p=a&v=2.0")), ""),
        (changed(oidc(), "issuer", json!("http://idp.example/")), "issuer"),
        (changed(oidc(), "issuer", json!("https://idp.example/?a")), "issuer"),
        (changed(oidc(), "issuer", json!(COGNITO)), "kind"),
        (changed(oidc(), "algorithms", json!([])), "algorithms"),
        (changed(oidc(), "algorithms", json!(["HS256"])), "algorithms/0"),
        (changed(oidc(), "algorithms", json!(["ES256", "none"])), "algorithms/1"),
        (changed(oidc(), "algorithms", json!(["es256"])), "algorithms/0"),
        (
            changed(
                oidc(),
                "claims",
                json!({ "client": "azp", "groups": "/a~1b/c", "scopes": "scp", "access": "sid" }),
            ),
            "",
        ),
        (changed(oidc(), "claims", json!({ "group": "roles" })), "claims/group"),
        (changed(oidc(), "claims", json!({ "groups": "a..b" })), "claims/groups"),
        (changed(oidc(), "claims", json!({ "groups": ["a"] })), "claims/groups"),
    ] {
        let file = json!({ "authorizer": { "issuers": [entry] } });
        let expected: Vec<_> = Some(expected).filter(|name| !name.is_empty()).into_iter().collect();
        let expected: Vec<_> = expected.iter().map(|name| format!("/authorizer/issuers/0/{name}")).collect();
        assert_eq!(pointers(&file), expected, "{file}");
    }
    let told = Config::parse(
        &json!({ "authorizer": { "issuers": [changed(cognito(), "audiences", json!(["a"]))] } }).to_string(),
    );
    assert!(told.unwrap_err().to_string().contains("set kind to \"oidc\""), "it says what to do");
}

#[test]
fn every_algorithm_of_the_page_can_be_named_once() {
    let names = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    let file = json!({ "authorizer": { "issuers": [changed(oidc(), "algorithms", json!(names))] } });
    let config = Config::parse(&file.to_string()).unwrap();
    let read: Vec<_> = config.authorizer.issuers[0].algorithms().iter().map(|own| own.as_str()).collect();
    assert_eq!(read, names);
    let left_out = json!({ "authorizer": { "issuers": [changed(oidc(), "algorithms", json!(null))] } });
    let config = Config::parse(&left_out.to_string()).unwrap();
    assert_eq!(config.authorizer.issuers[0].algorithms(), [Algorithm::Rs256]);
}
