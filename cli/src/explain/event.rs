//! The kind of API that an event comes from, and where that API has the token.
//!
//! It is only used for texts: the authorizer's `request/` decides how an event is read.

use serde_json::Value;

/// The kinds of API that have an authorizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No API: the token was given by itself.
    Bare,
    /// A REST API, with an authorizer of type TOKEN.
    Token,
    /// A REST API, with an authorizer of type REQUEST.
    Request,
    /// An HTTP API, in either payload format.
    Http,
    /// A WebSocket API.
    WebSocket,
}

impl Kind {
    /// The kind of a recorded event. An event of no known kind does not come from a WebSocket or HTTP API
    /// either.
    pub(super) fn of(event: &Value) -> Self {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        match (text("/type"), text("/requestContext/eventType"), text("/version")) {
            (Some("REQUEST"), Some("CONNECT"), _) => Self::WebSocket,
            // Events of REST APIs have no version.
            (Some("REQUEST"), _, Some(_)) => Self::Http,
            (Some("REQUEST"), _, None) => Self::Request,
            _ => Self::Token,
        }
    }

    /// Its name for people.
    pub(super) const fn words(self) -> Option<&'static str> {
        match self {
            Self::Bare => None,
            Self::Token => Some("REST API, authorizer of type TOKEN"),
            Self::Request => Some("REST API, authorizer of type REQUEST"),
            Self::Http => Some("HTTP API"),
            Self::WebSocket => Some("WebSocket API, $connect"),
        }
    }

    /// How a client sends the token.
    pub(super) const fn way(self) -> &'static str {
        match self {
            Self::Bare | Self::Token | Self::Request | Self::Http => {
                "send `Authorization: Bearer`, one space and the token"
            }
            Self::WebSocket => {
                "send the bare token as `access_token` in the query of the URL (`wss://...?access_token=TOKEN`), or, \
                 outside of browsers, `Authorization: Bearer`, one space and the token"
            }
        }
    }

    /// What the authorizer's identity source must be.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html>,
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>,
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>
    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::Bare | Self::Token | Self::Request => "method.request.header.Authorization",
            Self::Http => "$request.header.Authorization",
            Self::WebSocket => "route.request.querystring.access_token",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_of_one_kind_of_api() {
        for (event, kind) in [
            (json!({ "type": "TOKEN" }), Kind::Token),
            (json!({ "type": "REQUEST" }), Kind::Request),
            (json!({ "type": "REQUEST", "version": "1.0" }), Kind::Http),
            (json!({ "type": "REQUEST", "version": "2.0" }), Kind::Http),
            (json!({ "type": "REQUEST", "requestContext": { "eventType": "CONNECT" } }), Kind::WebSocket),
            (json!([]), Kind::Token),
        ] {
            assert_eq!(Kind::of(&event), kind, "{event}");
        }
    }
}
