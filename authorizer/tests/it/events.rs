//! Every kind of event that API Gateway sends, in its documented form.

use authorizer::{AuthRequest, AuthorizeError, MalformedEvent, TokenError};
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequest, ApiGatewayCustomAuthorizerRequestTypeRequest,
    ApiGatewayV2CustomAuthorizerV2Request,
};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::issuer::{KEY, access_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use crate::support::{NOW, effect, failure, gate};

const REST_TOKEN: &str = include_str!("../fixtures/rest_token.json");
const REST_REQUEST: &str = include_str!("../fixtures/rest_request.json");
const HTTP_API: &str = include_str!("../fixtures/http_api_v2.json");
const WEBSOCKET_HEADER: &str = include_str!("../fixtures/websocket_header.json");
const WEBSOCKET_QUERY: &str = include_str!("../fixtures/websocket_query.json");
pub(crate) const ALL: [&str; 5] = [REST_TOKEN, REST_REQUEST, HTTP_API, WEBSOCKET_HEADER, WEBSOCKET_QUERY];

pub(crate) fn event(fixture: &str, token: &str) -> Value {
    serde_json::from_str(&fixture.replace("{token}", token)).unwrap()
}

/// The event with a value replaced or added.
fn changed(fixture: &str, pointer: &str, value: Value) -> Value {
    let mut event = event(fixture, "a.b.c");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

fn refusal(event: &Value) -> AuthorizeError {
    AuthRequest::parse(event).expect_err("an event that should not be read")
}

#[test]
fn the_fixtures_are_of_the_forms_that_aws_documents() {
    let read = |fixture| event(fixture, "a.b.c");
    assert!(ApiGatewayCustomAuthorizerRequest::deserialize(read(REST_TOKEN)).unwrap().method_arn.is_some());
    for fixture in [REST_REQUEST, WEBSOCKET_HEADER, WEBSOCKET_QUERY] {
        let event = ApiGatewayCustomAuthorizerRequestTypeRequest::deserialize(read(fixture)).unwrap();
        assert!(event.method_arn.is_some() && !event.headers.is_empty());
    }
    let event = ApiGatewayV2CustomAuthorizerV2Request::deserialize(read(HTTP_API)).unwrap();
    assert!(event.route_arn.is_some() && event.identity_source.is_some());
}

#[tokio::test]
async fn every_kind_of_event_accepts_good_and_refuses_bad_tokens() {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = gate(&server.url, &json!({ "rules": [{ "routes": ["GET /whoami", "$connect"] }] }));
    let expired = KEY.token(&with(access_claims(), "exp", json!(NOW.secs())));
    for fixture in ALL {
        let answer = gate.authorize(&event(fixture, &KEY.token(&access_claims())), NOW).await.unwrap();
        let is_web_socket = [WEBSOCKET_HEADER, WEBSOCKET_QUERY].contains(&fixture);
        let resources = if is_web_socket { vec!["$connect"] } else { vec!["$connect", "GET/whoami"] };
        assert_eq!(effect(&answer), ("Allow".to_owned(), resources.into_iter().map(str::to_owned).collect()));
        let stage = match (fixture == HTTP_API, is_web_socket) {
            (true, _) => "/$default/GET/whoami",
            (false, true) => "/$connect",
            (false, false) => "/v1/GET/whoami",
        };
        assert!(serde_json::to_string(&answer).unwrap().contains(stage));
        assert_eq!(failure(&gate, &event(fixture, &expired)).await, TokenError::Expired.into());
    }
}

#[test]
fn the_header_s_name_may_be_written_in_any_case() {
    for name in ["authorization", "AUTHORIZATION", "aUTHORIZATION"] {
        for fixture in [REST_REQUEST, HTTP_API, WEBSOCKET_HEADER] {
            let lower = fixture.replace("\"authorization\"", "\"Authorization\"");
            let event = event(&lower.replace("\"Authorization\"", &format!("\"{name}\"")), "a.b.c");
            assert_eq!(AuthRequest::parse(&event).unwrap().token.expose(), "a.b.c");
        }
    }
}

#[test]
fn more_than_one_token_is_refused_even_if_they_are_the_same() {
    let bearer = "Bearer a.b.c";
    for event in [
        changed(REST_REQUEST, "/multiValueHeaders/Authorization", json!([bearer, bearer])),
        changed(REST_REQUEST, "/multiValueHeaders/Authorization", json!([bearer, "Bearer d.e.f"])),
        changed(REST_REQUEST, "/multiValueHeaders/Authorization", json!(["Bearer d.e.f"])),
        changed(REST_REQUEST, "/multiValueHeaders/authorization", json!([bearer])),
        changed(REST_REQUEST, "/headers/authorization", json!(bearer)),
        changed(WEBSOCKET_HEADER, "/headers/AUTHORIZATION", json!("Bearer d.e.f")),
        changed(WEBSOCKET_HEADER, "/queryStringParameters/access_token", json!("a.b.c")),
        changed(WEBSOCKET_QUERY, "/multiValueQueryStringParameters/access_token", json!(["a.b.c", "d.e.f"])),
        changed(HTTP_API, "/headers/Authorization", json!(bearer)),
    ] {
        assert_eq!(refusal(&event), TokenError::Repeated.into(), "{event}");
    }
    // An HTTP API joins the values of equal names with commas.
    let mut joined = changed(HTTP_API, "/headers/authorization", json!("Bearer a.b.c,Bearer d.e.f"));
    joined["identitySource"] = json!(["Bearer a.b.c,Bearer d.e.f"]);
    assert_eq!(refusal(&joined), TokenError::NotBearer.into());
}

#[test]
fn without_a_token_an_event_is_unauthorized() {
    for (fixture, members) in [
        (REST_REQUEST, &["headers", "multiValueHeaders"][..]),
        (HTTP_API, &["headers", "identitySource"]),
        (WEBSOCKET_HEADER, &["headers", "multiValueHeaders"]),
        (WEBSOCKET_QUERY, &["queryStringParameters", "multiValueQueryStringParameters"]),
    ] {
        for gone in [json!(null), json!({})] {
            let mut event = event(fixture, "a.b.c");
            for member in members {
                event[*member] = if *member == "identitySource" { json!(null) } else { gone.clone() };
            }
            assert_eq!(refusal(&event), TokenError::Missing.into(), "{event}");
        }
    }
}

#[test]
fn only_websockets_accept_a_query_token_and_without_a_scheme() {
    let mut rest = event(REST_REQUEST, "a.b.c");
    rest["headers"] = json!({});
    rest["multiValueHeaders"] = json!({});
    rest["multiValueQueryStringParameters"]["access_token"] = json!(["a.b.c"]);
    rest["queryStringParameters"]["access_token"] = json!("a.b.c");
    assert_eq!(refusal(&rest), TokenError::Missing.into());

    for bad in ["Bearer a.b.c", "a.b.c ", "", "a.b.c,d.e.f", "a%2eb.c"] {
        assert_eq!(refusal(&event(WEBSOCKET_QUERY, bad)), TokenError::NotBearer.into(), "{bad:?}");
    }
    assert_eq!(refusal(&event(WEBSOCKET_QUERY, &"a".repeat(10_241))), TokenError::TooLong.into());
}

#[test]
fn another_identity_source_of_an_http_api_is_a_set_up_error() {
    let mut one_point_zero = changed(REST_REQUEST, "/version", json!("1.0"));
    for (source, is_good) in
        [("theme=dark,Bearer a.b.c", true), ("Bearer a.b.c", true), ("theme=dark", false)]
    {
        one_point_zero["identitySource"] = json!(source);
        assert_eq!(AuthRequest::parse(&one_point_zero).is_ok(), is_good, "{source}");
    }
    for source in [json!(["theme=dark"]), json!(["Bearer d.e.f"]), json!([5])] {
        let event = changed(HTTP_API, "/identitySource", source);
        assert_eq!(refusal(&event), MalformedEvent::IdentitySource.into());
    }
    for source in [json!(null), json!([]), json!(["theme=dark", "Bearer a.b.c"])] {
        assert!(AuthRequest::parse(&changed(HTTP_API, "/identitySource", source)).is_ok());
    }
}

#[test]
fn an_event_of_no_known_kind_or_form_gets_no_decision() {
    for event in [
        changed(REST_REQUEST, "/type", json!("request")),
        changed(REST_REQUEST, "/type", json!(null)),
        changed(HTTP_API, "/type", json!("OTHER")),
        changed(REST_REQUEST, "/headers", json!([])),
        changed(REST_REQUEST, "/headers", json!("Authorization: Bearer a.b.c")),
        changed(REST_REQUEST, "/multiValueHeaders/Authorization", json!("Bearer a.b.c")),
        changed(HTTP_API, "/identitySource", json!(5)),
        changed(WEBSOCKET_QUERY, "/multiValueQueryStringParameters", json!("access_token=a.b.c")),
    ] {
        assert_eq!(refusal(&event), MalformedEvent::Kind.into(), "{event}");
    }
    for (fixture, arn) in
        [(REST_REQUEST, "/methodArn"), (WEBSOCKET_QUERY, "/methodArn"), (HTTP_API, "/routeArn")]
    {
        for value in [json!(null), json!("*"), json!(5)] {
            assert_eq!(refusal(&changed(fixture, arn, value)), MalformedEvent::MethodArn.into());
        }
    }
}
