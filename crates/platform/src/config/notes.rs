//! Notes about valid settings that may surprise. `gatehouse config check` prints them, and nothing refuses them.
//!
//! There are notes about the cost and look of texts (an SMS that is sent as several, a mail whose HTML looks
//! different from its source), about custom attributes (the stack makes none), and about hidden accounts (where they
//! are visible anyway).

use super::{AuthFlow, CodeTexts, Config, InvitationTexts, Messages};
use crate::document::Problem;

impl Config {
    /// The notes, each with its place.
    #[must_use]
    pub fn notes(&self) -> Vec<Problem> {
        let mut notes = self.user_pool.messages.as_ref().map(of_messages).unwrap_or_default();
        notes.extend(of_custom_attributes(self));
        notes.extend(of_hidden_accounts(self));
        notes
    }
}

/// A client without `WriteAttributes` writes only the standard attributes.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html>
fn of_custom_attributes(config: &Config) -> Option<Problem> {
    let is_set = !config.auth.custom_attributes.as_slice().is_empty();
    (is_set && config.user_pool.id.is_none()).then(|| Problem {
        pointer: "/auth/customAttributes".to_owned(),
        message: "names attributes that a pool of the stack's own has not by itself: Cognito refuses them until somebody \
                  adds them to the pool, and to the WriteAttributes of its client"
            .to_owned(),
    })
}

/// Where an account may be visible anyway, past the service or because of Cognito itself.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html>
fn of_hidden_accounts(config: &Config) -> Vec<Problem> {
    let is_public = (
        !config.user_pool.client_secret,
        "hides accounts in the answers of this API alone: without userPool.clientSecret anybody can ask Cognito itself, whose \
         SignUp tells",
    );
    let has_choices = (
        config.auth.flow == AuthFlow::UserAuth,
        "cannot hide which first factors Cognito offers with auth.flow USER_AUTH: they depend on what a user has set up",
    );
    let note = |(_, message): (bool, &str)| Problem {
        pointer: "/auth/enumerationSafe".to_owned(),
        message: message.to_owned(),
    };
    let notes =
        [is_public, has_choices].into_iter().filter(|(is_so, _)| config.auth.enumeration_safe && *is_so);
    notes.map(note).collect()
}

fn of_messages(messages: &Messages) -> Vec<Problem> {
    let of_codes = |texts: &'_ CodeTexts| {
        let (email, sms) = (texts.email.as_ref(), texts.sms.as_ref());
        (email.map(|mail| mail.body.to_string()), sms.map(ToString::to_string))
    };
    let of_invitation = |texts: &InvitationTexts| {
        let (email, sms) = (texts.email.as_ref(), texts.sms.as_ref());
        (email.map(|mail| mail.body.to_string()), sms.map(ToString::to_string))
    };
    [
        ("verification", messages.verification.as_ref().map(of_codes)),
        ("invitation", messages.invitation.as_ref().map(of_invitation)),
        ("signInCode", messages.sign_in_code.as_ref().map(of_codes)),
    ]
    .into_iter()
    .flat_map(|(occasion, texts)| {
        let (body, sms) = texts.unwrap_or_default();
        let note = |place: &str, message| Problem {
            pointer: format!("/userPool/messages/{occasion}/{place}"),
            message,
        };
        let body = body.and_then(|body| of_html(&body)).map(|message| note("email/body", message));
        let sms = sms.and_then(|sms| of_sms(&sms)).map(|message| note("sms", message));
        body.into_iter().chain(sms).collect::<Vec<_>>()
    })
    .collect()
}

/// What a reader of the mail would not see. Cognito sends every body as HTML.
fn of_html(body: &str) -> Option<String> {
    if bare(body, '&', is_reference) {
        return Some("holds an & that begins no entity: in HTML it is written &amp;".to_owned());
    }
    if bare(body, '<', is_tag) {
        return Some("holds a < that begins no tag: in HTML it is written &lt;".to_owned());
    }
    (body.trim().contains('\n') && !body.contains('<')).then(|| {
        "has line breaks and no tags: a mail is HTML, which shows them as blanks, and a new line is <br>"
            .to_owned()
    })
}

/// Whether this character occurs anywhere without starting what it starts in HTML.
fn bare(text: &str, c: char, begins: fn(&str) -> bool) -> bool {
    text.match_indices(c).any(|(at, found)| !text.get(at + found.len()..).is_some_and(begins))
}

/// `name;`, `#123;` or `#x7b;`.
fn is_reference(rest: &str) -> bool {
    let name = rest.split(';').next().unwrap_or_default();
    name.len() < rest.len()
        && (1..=32).contains(&name.len())
        && name.strip_prefix('#').unwrap_or(name).bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A tag, an end tag, a comment, or a declaration.
fn is_tag(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

/// The number of SMS that a text is sent as, if that is more than one. The placeholders count as a code and a short
/// address.
///
/// <https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html>
fn of_sms(text: &str) -> Option<String> {
    let text = text.replace("{####}", "000000").replace("{username}", "someone@example.com");
    let odd = text.chars().find(|c| gsm_length(*c).is_none());
    let (length, one, each) = match odd {
        Some(_) => (text.encode_utf16().count(), 70, 67),
        None => (text.chars().filter_map(gsm_length).sum(), 160, 153),
    };
    let parts = if length <= one { 1 } else { length.div_ceil(each) };
    let why = odd.map(|c| format!(", as {c:?} is not of the GSM alphabet")).unwrap_or_default();
    (parts > 1).then(|| {
        format!("goes out as {parts} SMS or more, each of which is paid: one holds {one} characters{why}")
    })
}

/// The length of a character in the alphabet of GSM 03.38. `None`: the alphabet does not contain it.
fn gsm_length(c: char) -> Option<usize> {
    const OTHERS: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà\n\r";
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Some(1),
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => OTHERS.contains(c).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn notes(messages: &Value) -> Vec<String> {
        let file =
            json!({ "userPool": { "messages": messages, "sms": {}, "secondFactors": ["TOTP", "SMS"] } });
        Config::parse(&file.to_string()).unwrap().notes().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn custom_attributes_are_those_of_a_pool_that_has_some() {
        let of = |pool: Value| {
            let file = json!({ "userPool": pool, "auth": { "customAttributes": ["custom:department"] } });
            Config::parse(&file.to_string()).unwrap().notes()
        };
        assert_eq!(of(json!({}))[0].pointer, "/auth/customAttributes");
        assert!(of(json!({ "id": "us-east-1_a", "clientId": "c" })).is_empty());
    }

    #[test]
    fn where_hidden_accounts_show_all_the_same_is_said() {
        let of = |auth: Value, secret: bool| {
            let file = json!({ "auth": auth, "userPool": { "clientSecret": secret } });
            Config::parse(&file.to_string())
                .unwrap()
                .notes()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        let [public] = <[String; 1]>::try_from(of(json!({ "enumerationSafe": true }), false)).unwrap();
        assert!(
            public.starts_with("/auth/enumerationSafe: ") && public.contains("userPool.clientSecret"),
            "{public}"
        );
        let by_choice = json!({ "enumerationSafe": true, "flow": "USER_AUTH" });
        let [choices] = <[String; 1]>::try_from(of(by_choice.clone(), true)).unwrap();
        assert!(choices.contains("USER_AUTH"), "{choices}");
        assert_eq!(of(by_choice, false).len(), 2);
        assert!(of(json!({ "enumerationSafe": true }), true).is_empty());
        assert!(of(json!({ "flow": "USER_AUTH" }), false).is_empty());
    }

    fn of_body(body: &str) -> Vec<String> {
        notes(&json!({ "verification": { "email": { "subject": "x", "body": body } } }))
    }

    fn of_text(text: &str) -> Vec<String> {
        notes(&json!({ "signInCode": { "sms": text } }))
    }

    #[test]
    fn a_text_that_looks_as_it_is_written_has_no_note() {
        assert!(notes(&json!({})).is_empty() && Config::default().notes().is_empty());
        for body in [
            "{####}",
            "<p>{####}</p>\n<br>",
            "Fish &amp; chips &#38; &#x26; &lt; {####}",
            "<!-- x -->{####}",
            "{####}\n",
        ] {
            assert_eq!(of_body(body), Vec::<String>::new(), "{body}");
        }
    }

    #[test]
    fn what_html_would_show_in_another_way_is_said() {
        for (body, said) in [
            ("Fish & chips: {####}", "written &amp;"),
            ("a&b {####}", "written &amp;"),
            ("https://a.example/?a=1&b=2 {####}", "written &amp;"),
            ("{####} <3", "written &lt;"),
            ("Hello\nyour code: {####}", "a new line is <br>"),
        ] {
            let [note] = <[String; 1]>::try_from(of_body(body)).unwrap();
            assert!(
                note.starts_with("/userPool/messages/verification/email/body: ") && note.contains(said),
                "{note}"
            );
        }
    }

    #[test]
    fn an_sms_that_is_several_is_said_to_be() {
        let gsm = format!("{}{{####}}", "x".repeat(134));
        assert_eq!(of_text(&gsm), Vec::<String>::new());
        // The euro sign counts as two characters.
        let long = format!("{}{{####}}", "€".repeat(78));
        let [note] = <[String; 1]>::try_from(of_text(&long)).unwrap();
        assert_eq!(
            note,
            "/userPool/messages/signInCode/sms: goes out as 2 SMS or more, each of which is paid: one holds 160 characters"
        );
        assert_eq!(of_text(&format!("{}{{####}}", "é".repeat(134))), Vec::<String>::new());
        let [note] = <[String; 1]>::try_from(of_text(&format!("{}{{####}}", "ê".repeat(65)))).unwrap();
        assert!(
            note.contains("as 2 SMS or more")
                && note.ends_with("one holds 70 characters, as 'ê' is not of the GSM alphabet"),
            "{note}"
        );
        assert_eq!(of_text(&format!("{}{{####}}", "ê".repeat(64))), Vec::<String>::new());
        assert!(of_text(&format!("{}{{####}}", "ê".repeat(134)))[0].contains("as 3 SMS"));
    }
}
