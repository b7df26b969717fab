//! Hosts, origins and URLs.

use crate::string_newtype;

string_newtype!(
    /// A browser origin (RFC 6454): scheme, host and port; or `*`.
    CorsOrigin,
    "an origin such as https://app.example.com (scheme, host, optional port, no path), or *",
    |text| text == "*"
        || text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(is_authority)
);

impl CorsOrigin {
    /// Whether a page of this origin may use a cookie, because nobody between it and the browser can read or change
    /// it. On this machine that is true without TLS.
    ///
    /// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
    pub(in crate::config) fn is_trustworthy(&self) -> bool {
        let is_loopback = |authority: &str| LOOPBACK.iter().any(|host| is_at(authority, host));
        self.0.starts_with("https://") || self.0.strip_prefix("http://").is_some_and(is_loopback)
    }
}

string_newtype!(
    /// An absolute URL that is safe to fetch keys from: https, or http on this machine alone. Without user
    /// information, query or fragment.
    HttpsUrl,
    "an https URL without user, query or fragment (http only for localhost, 127.0.0.1, [::1] and host.docker.internal)",
    is_https_url
);

string_newtype!(
    /// Where a key set is: as [`HttpsUrl`], but for a query, which some issuers tell their key sets apart by.
    JwksUrl,
    "an https URL without user or fragment (http only for localhost, 127.0.0.1, [::1] and host.docker.internal)",
    |text| {
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        is_https_url(url) && text.len() <= 512 && query.bytes().all(|b| b"?/".contains(&b) || is_path_byte(b))
    }
);

string_newtype!(
    /// A domain name for the API.
    DomainName,
    "a domain name in lower case, such as api.example.com",
    |text| is_host(text) && text.contains('.') && !text.bytes().any(|b| b.is_ascii_uppercase())
);

string_newtype!(
    /// The id of a Route 53 hosted zone.
    HostedZoneId,
    "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ",
    |text| text.starts_with('Z')
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
);

/// `host` or `host:port`, where the host is a name, an IPv4 address or a bracketed IPv6 address.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    is_host(host) && port.is_none_or(|port| port.len() <= 5 && port.parse::<u16>().is_ok_and(|port| port > 0))
}

pub(in crate::config) fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    (1..=253).contains(&host.len())
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// The names of this machine for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether an authority names this host, with any port.
fn is_at(authority: &str, host: &str) -> bool {
    authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':'))
}

/// The hosts that may be called over plain http. They are this machine, as seen from itself or from a container.
const LOCAL_HOSTS: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"];

fn is_https_url(text: &str) -> bool {
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return false,
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let path = rest.strip_prefix(authority).unwrap_or("");
    let local = LOCAL_HOSTS.iter().any(|host| is_at(authority, host));
    text.len() <= 512
        && is_authority(authority)
        && (secure || local)
        && path.bytes().all(|b| b == b'/' || is_path_byte(b))
}

/// The characters of a path segment (RFC 3986 section 3.3).
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_set_s_address_may_have_a_query() {
        for good in
            ["https://a.example/keys?p=b2c_1_signin", "https://a.example/keys", "http://localhost:1/k?a=/?"]
        {
            assert!(JwksUrl::parse(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/keys?p=1",
            "https://a.example/?a#b",
            "https://a.example/?a b",
            "https://u@a/?x",
        ] {
            assert!(JwksUrl::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_fetched_over_https_or_from_this_machine() {
        for good in [
            "https://issuer.example",
            "https://issuer.example:8443/a/b",
            "http://localhost:9229/pool",
            "http://127.0.0.1:4566",
            "http://[::1]:80/x",
            "http://host.docker.internal:4566/pool",
        ] {
            assert!(HttpsUrl::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "issuer.example",
            "http://issuer.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "https://user:pass@issuer.example",
            "https://issuer.example/?x=1",
            "https://issuer.example/#x",
            "https://issuer.example:0",
            "https://issuer.example:99999",
            "https://",
            "https:///path",
            "file:///etc/passwd",
            "https://exa mple",
            "HTTPS://issuer.example",
            "https://issuer.example/\u{e9}",
        ] {
            assert!(HttpsUrl::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        for (origin, good) in [
            ("*", true),
            ("http://localhost:3000", true),
            ("https://app.example.com", true),
            ("https://app.example.com/", false),
            ("app.example.com", false),
            ("https://*.example.com", false),
            ("null", false),
        ] {
            assert_eq!(CorsOrigin::parse(origin.to_owned()).is_ok(), good, "{origin}");
        }
    }
}
