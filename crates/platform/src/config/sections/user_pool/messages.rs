//! The texts of a user pool's mails and SMS that Cognito accepts without a Lambda function.
//!
//! There are three. Others, such as one for each occasion or language, need a `CustomMessage` trigger. No function
//! reads these texts: they reach the pool as parameters of template.yaml. `check/user_pool/messages.rs` checks
//! whether a text can be sent. This file must not change a text.

use serde::Deserialize;

use crate::{string_newtype, text};

/// The texts of mails and SMS. For each one that is left out, Cognito uses its own.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html>
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Messages {
    /// The texts with a code that proves an address or number: after a sign-up, when the code is sent again, for a
    /// forgotten password, and for a new address or number. Cognito has one text for all four. Different texts need a
    /// Lambda function.
    pub verification: Option<CodeTexts>,
    /// The texts with the name and first password of a user whom an administrator creates.
    pub invitation: Option<InvitationTexts>,
    /// The texts with the code of a second factor: `EMAIL` or `SMS` in `secondFactors`.
    pub sign_in_code: Option<CodeTexts>,
}

/// Texts with a code.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CodeTexts {
    /// As a mail.
    pub email: Option<CodeMail>,
    /// As an SMS.
    pub sms: Option<CodeSms>,
}

/// A mail with a code.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CodeMail {
    /// The subject.
    pub subject: MailSubject,
    /// The text, as HTML.
    pub body: CodeMailBody,
}

/// Texts of an invitation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InvitationTexts {
    /// As a mail.
    pub email: Option<InvitationMail>,
    /// As an SMS.
    pub sms: Option<InvitationSms>,
}

/// A mail that invites.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationMail {
    /// The subject.
    pub subject: MailSubject,
    /// The text, as HTML.
    pub body: InvitationMailBody,
}

/// Cognito replaces it with the code or the first password.
const CODE: &str = "{####}";
/// Cognito replaces it with the name that a user signs in with.
const USERNAME: &str = "{username}";

/// The rules for a text.
struct Rules {
    /// In characters, as [`length`] counts them.
    least: usize,
    most: usize,
    /// Whether it may have several lines.
    lines: bool,
    /// Whether only the characters of Cognito's mail patterns are allowed.
    of_mail: bool,
    /// The text must contain each of these placeholders, and no others.
    places: &'static [&'static str],
}

/// The number of parameters that template.yaml has for a body, and the longest value of each, in bytes. One parameter
/// could hold only four thousand of Cognito's twenty thousand characters.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const PARTS: usize = 5;
const PART_BYTES: usize = 4_096;
/// How much shorter a part may be for a better place to split.
const SLACK: usize = 128;

string_newtype!(
    /// The subject of a mail. Cognito documents placeholders only for bodies.
    MailSubject,
    "1 to 140 characters on one line, without a placeholder",
    check = |text| Rules { least: 1, most: 140, lines: false, of_mail: true, places: &[] }.check(text)
);

string_newtype!(
    /// The body of a mail with a code.
    CodeMailBody,
    "6 to 20000 characters of HTML, with {####} where the code goes and no other placeholder; & and < are written \
     &amp; and &lt;, a new line is <br>",
    check = |text| Rules { least: 6, most: 20_000, lines: true, of_mail: true, places: &[CODE] }.check(text)
);

string_newtype!(
    /// The body of a mail that invites.
    InvitationMailBody,
    "6 to 20000 characters of HTML, with {username} where the user's name goes, {####} where the first password goes, \
     and no other placeholder; & and < are written &amp; and &lt;, a new line is <br>",
    check = |text| Rules { least: 6, most: 20_000, lines: true, of_mail: true, places: &[USERNAME, CODE] }.check(text)
);

string_newtype!(
    /// An SMS with a code.
    CodeSms,
    "6 to 140 characters on one line, with {####} where the code goes and no other placeholder; with any character \
     that is not of the GSM alphabet, 70 of them fill an SMS",
    check = |text| Rules { least: 6, most: 140, lines: false, of_mail: false, places: &[CODE] }.check(text)
);

string_newtype!(
    /// An SMS that invites.
    InvitationSms,
    "6 to 140 characters on one line, with {username} where the user's name goes, {####} where the first password \
     goes, and no other placeholder; with any character that is not of the GSM alphabet, 70 of them fill an SMS",
    check = |text| Rules { least: 6, most: 140, lines: false, of_mail: false, places: &[USERNAME, CODE] }.check(text)
);

impl Rules {
    /// Returns the rule of Cognito or `CloudFormation` that the text breaks, and what to do.
    ///
    /// Lengths and characters:
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerificationMessageTemplateType.html>,
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_MessageTemplateType.html>,
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SmsMfaConfigType.html>. Both
    /// placeholders of an invitation are required, although its pattern does not name them:
    /// <https://github.com/aws/aws-cdk/pull/6484>, <https://github.com/aws/aws-cdk/pull/16905>.
    fn check(&self, text: &str) -> Result<(), String> {
        let length = length(text);
        if !(self.least..=self.most).contains(&length) {
            let (least, most) = (self.least, self.most);
            return Err(format!("must be {least} to {most} characters long, not {length}"));
        }
        if let Some(refused) = text.chars().find_map(|c| self.refusal(c)) {
            return Err(refused);
        }
        if self.lines && split(text).is_none() {
            let most = PARTS * PART_BYTES;
            return Err(format!(
                "is {} bytes in UTF-8, over the {most} that the template can hand on: shorten it, or write characters \
                 that are not ASCII's as few times",
                text.len()
            ));
        }
        self.check_places(text)
    }

    /// Why the text cannot contain a character.
    fn refusal(&self, c: char) -> Option<String> {
        let named = format!("U+{:04X}", u32::from(c));
        match c {
            '\n' | '\r' | '\t' if self.lines => None,
            '\n' | '\r' => Some("must be on one line: take the line breaks out".to_owned()),
            _ if text::is_control(c) => {
                Some(format!("must hold no control characters, not {named}: take it out"))
            }
            _ if !self.of_mail || is_of_mail(c) => None,
            _ if c.is_whitespace() => Some(format!(
                "must hold no white space but plain blanks, not {named}, which Cognito refuses: write a blank, or in HTML \
                 &#{};",
                u32::from(c)
            )),
            _ => Some(format!(
                "must be of letters, marks, numbers, symbols and punctuation, not {named}, which cannot be seen and which \
                 Cognito refuses: take it out"
            )),
        }
    }

    fn check_places(&self, text: &str) -> Result<(), String> {
        // `CloudFormation` would resolve such a reference, for example to a secret, and the mail would contain the
        // result. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
        if text.contains("{{") {
            return Err("must not hold {{, with which references of CloudFormation begin: write a single {"
                .to_owned());
        }
        if let Some(found) = places(text).find(|found| !self.places.contains(found)) {
            return Err(self.unknown(found));
        }
        match self.places.iter().find(|place| !text.contains(**place)) {
            Some(missing) => Err(format!("must hold {missing}, where Cognito puts {}", what_goes(missing))),
            None => Ok(()),
        }
    }

    fn unknown(&self, found: &str) -> String {
        // There may be a whole paragraph between two braces.
        let shown: String = found.chars().take(40).collect();
        if is_link(found) {
            return format!(
                "must not hold {shown}, a link: an address is proven with a code here, at {CODE}"
            );
        }
        if found == USERNAME {
            return format!("must not hold {USERNAME}, which Cognito puts the name for in invitations alone");
        }
        let known = match self.places {
            [] => "a subject has no placeholders".to_owned(),
            places => format!("it knows {} here", places.join(" and ")),
        };
        format!(
            "must not hold {shown}, which Cognito puts nothing in the place of: {known}, written exactly so"
        )
    }
}

/// Whether it is a placeholder for a link.
fn is_link(place: &str) -> bool {
    let words = place.strip_prefix("{##").and_then(|rest| rest.strip_suffix("##}"));
    words.is_some_and(|words| words.contains(|c| c != '#'))
}

fn what_goes(place: &str) -> &'static str {
    if place == USERNAME { "the name that the user signs in with" } else { "the code, or the first password" }
}

macro_rules! body {
    ($name:ident) => {
        impl $name {
            /// The text in as many parts as template.yaml has parameters for it. Unused parts are empty.
            #[must_use]
            pub fn parts(&self) -> [&str; PARTS] {
                // The check refuses a text that cannot be split.
                split(&self.0).unwrap_or_default()
            }
        }
    };
}

body!(CodeMailBody);
body!(InvitationMailBody);

/// `None`: the text is too long.
fn split(text: &str) -> Option<[&str; PARTS]> {
    let mut rest = text;
    let parts = [(); PARTS].map(|()| {
        let (part, after) = rest.split_at(end_of_part(rest));
        rest = after;
        part
    });
    rest.is_empty().then_some(parts)
}

/// The end of the first part. If possible, it is not beside a space, a quote or a backslash, because tools remove
/// these at the ends of a parameter, nor beside a brace, which the template refuses there.
fn end_of_part(text: &str) -> usize {
    if text.len() <= PART_BYTES {
        return text.len();
    }
    let mut ends = (PART_BYTES - SLACK..=PART_BYTES).rev().filter(|end| text.is_char_boundary(*end));
    let latest = ends.clone().next().unwrap_or(text.len());
    let at_edge =
        |c: Option<char>| c.is_none_or(|c| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '\\' | '{'));
    ends.find(|end| {
        let (before, after) = text.split_at(*end);
        !at_edge(before.chars().next_back()) && !at_edge(after.chars().next())
    })
    .unwrap_or(latest)
}

/// The length as Java counts it, which Cognito is written in: a character above U+FFFF counts as two.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The texts that look like placeholders, from a brace to the next one. A CSS rule contains a colon, and only a link
/// placeholder may contain one.
fn places(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let end = rest.find('}')?;
        let found = rest.get(..=end)?;
        let inner = found.get(1..end)?;
        (!inner.contains('{') && (!inner.contains(':') || is_link(found))).then_some(found)
    })
}

/// `[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]` as Java reads it: everything but separators other than ASCII's blank, and but what
/// shows nothing. Characters that Unicode has not given a meaning yet are left to Cognito.
fn is_of_mail(c: char) -> bool {
    c == ' ' || !(c.is_whitespace() || c.is_control() || text::is_format(c) || text::is_private(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;

    fn mail(text: &str) -> Result<CodeMailBody, String> {
        CodeMailBody::parse(text.to_owned())
    }

    fn invitation(text: &str) -> Result<InvitationMailBody, String> {
        InvitationMailBody::parse(text.to_owned())
    }

    fn sms(text: &str) -> Result<CodeSms, String> {
        CodeSms::parse(text.to_owned())
    }

    fn subject(text: &str) -> Result<MailSubject, String> {
        MailSubject::parse(text.to_owned())
    }

    fn why<T: std::fmt::Debug>(read: Result<T, String>) -> String {
        read.unwrap_err()
    }

    #[test]
    fn a_text_with_its_placeholders_stays_as_it_is() {
        for text in [
            "{####}",
            "Your code: {####}.",
            "<p style=\"color: #333\">{####}</p>\r\n\t<p>\u{1f980} Gr\u{fc}\u{df}e, \u{7ba1}\u{7406}</p>\n",
            "<style>@media (max-width: 9px) { p { color: red } } p{}</style>{####}"
                .replace("p{}", "")
                .as_str(),
            "{####} and again {####}",
        ] {
            assert_eq!(mail(text).unwrap().as_str(), text);
        }
        assert!(invitation("{username}: {####}").is_ok());
        assert!(InvitationSms::parse("{username} {####}".to_owned()).is_ok());
        assert!(sms("code={####}").is_ok());
        assert!(subject("Welcome, \u{7ba1}\u{7406} \u{1f980}!").is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(why(mail("no code in here")).contains("must hold {####}"));
        assert!(why(mail("a code of ####")).contains("must hold {####}"));
        assert!(why(mail("an open {#### one")).contains("must hold {####}"));
        assert!(
            why(invitation("your password: {####}"))
                .contains("must hold {username}, where Cognito puts the name")
        );
        assert!(why(invitation("you are {username}")).contains("must hold {####}"));
        assert!(why(sms("no code")).contains("must hold {####}"));
    }

    #[test]
    fn a_placeholder_that_cognito_does_not_know_is_refused() {
        for bad in
            ["{###}", "{#####}", "{ #### }", "{code}", "{Code}", "{}", "{user name}", "{email}", "${####}{x}"]
        {
            let told = why(mail(&format!("{bad} {{####}}")));
            assert!(told.contains("it knows {####} here, written exactly so"), "{bad}: {told}");
        }
        for bad in ["{Username}", "{USERNAME}", "{ username }", "{user}"] {
            let told = why(invitation(&format!("{bad} {{username}} {{####}}")));
            assert!(told.contains("it knows {username} and {####} here"), "{bad}: {told}");
        }
        assert!(why(mail("Hello {username}: {####}")).contains("in invitations alone"));
        for link in ["{##Verify your address##}", "{##Click: here##}"] {
            assert!(why(mail(&format!("{link} {{####}}"))).contains("a link"), "{link}");
        }
        assert!(why(subject("Your code {####}")).contains("a subject has no placeholders"));
    }

    #[test]
    fn no_text_is_a_reference_of_cloudformation_s() {
        for bad in ["{{resolve:ssm:/secret:1}}", "{{resolve:secretsmanager:x}}", "{{####}}", "{{{####}}}"] {
            assert!(why(mail(&format!("{bad} {{####}}"))).contains("must not hold {{"), "{bad}");
            assert!(why(sms(&format!("{bad} {{####}}"))).contains("must not hold {{"), "{bad}");
            assert!(why(subject(bad)).contains("must not hold {{"), "{bad}");
        }
    }

    #[test]
    fn lengths_are_cognito_s_and_count_as_java_does() {
        let with_code = |length: usize, c: &str| format!("{{####}}{}", c.repeat(length - 6));
        assert!(mail(&with_code(20_000, "x")).is_ok());
        assert_eq!(why(mail(&with_code(20_001, "x"))), "must be 6 to 20000 characters long, not 20001");
        assert!(sms(&with_code(140, "x")).is_ok());
        assert_eq!(why(sms(&with_code(141, "x"))), "must be 6 to 140 characters long, not 141");
        assert!(
            subject(&"x".repeat(140)).is_ok() && subject(&"x".repeat(141)).is_err() && subject("").is_err()
        );
        assert!(subject(&"\u{1f980}".repeat(70)).is_ok() && subject(&"\u{1f980}".repeat(71)).is_err());
    }

    #[test]
    fn what_cannot_be_seen_is_refused_by_its_number() {
        for (bad, named) in [
            ('\0', "U+0000"),
            ('\u{1b}', "U+001B"),
            ('\u{7f}', "U+007F"),
            ('\u{85}', "U+0085"),
            ('\u{2028}', "U+2028"),
            ('\u{200b}', "U+200B"),
            ('\u{200d}', "U+200D"),
            ('\u{feff}', "U+FEFF"),
            ('\u{e000}', "U+E000"),
            ('\u{a0}', "U+00A0"),
            ('\u{3000}', "U+3000"),
        ] {
            let told = why(mail(&format!("a{bad}b {{####}}")));
            assert!(told.contains(named) && !told.contains(bad), "{told}");
            assert!(subject(&format!("a{bad}b")).is_err(), "{named}");
        }
        assert!(why(mail("a\u{a0}b {####}")).contains("&#160;"));
        assert!(sms("a\u{a0}b {####}").is_ok(), "Cognito names no characters for an SMS");
        for line in ["a\nb {####}", "a\rb {####}"] {
            assert!(mail(line).is_ok());
            assert_eq!(why(sms(line)), "must be on one line: take the line breaks out");
        }
        assert!(subject("a\r\nBcc: x@example.com").is_err());
    }

    #[test]
    fn a_long_body_goes_out_in_parts_that_no_tool_trims() {
        let text = format!("<p>{{####}}</p>{}", "word \"q\" it's \u{e9} ".repeat(800));
        let body = mail(&text).unwrap();
        let parts = body.parts();
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| part.len() <= PART_BYTES));
        for pair in parts.windows(2).filter(|pair| !pair[1].is_empty()) {
            assert!(
                !pair[0].ends_with([' ', '"', '\'']) && !pair[1].starts_with([' ', '"', '\'']),
                "{pair:?}"
            );
        }
        assert_eq!(mail("{####}").unwrap().parts(), ["{####}", "", "", "", ""]);
        // A text of nothing but spaces has no better place.
        assert_eq!(mail(&format!("{{####}}{}", " ".repeat(9_000))).unwrap().parts().concat().len(), 9_006);
        let told = why(mail(&format!("{{####}}{}", "\u{7ba1}".repeat(7_000))));
        assert!(told.starts_with("is 21006 bytes in UTF-8, over the 20480"), "{told}");
    }

    proptest! {
        /// The classes of the regex crate are those of Unicode, like Java's.
        #[test]
        fn what_cognito_s_pattern_takes_is_taken(text in string_regex(r"[\p{L}\p{M}\p{S}\p{N}\p{P}&&[^{}]]{1,40}").unwrap()) {
            prop_assert!(subject(&text).is_ok(), "{:?}", subject(&text));
        }

        #[test]
        fn what_cognito_s_pattern_refuses_is_refused(bad in string_regex(r"[\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}\p{Co}&&[^ ]]").unwrap()) {
            let text = format!("a{bad}b");
            prop_assert!(subject(&text).is_err(), "{:?}", text);
        }

        #[test]
        fn parts_are_the_whole(text in string_regex("[a-e '\u{7ba1}]{0,12000}").unwrap()) {
            if let Some(parts) = split(&text) {
                prop_assert_eq!(&parts.concat(), &text);
                prop_assert!(parts.iter().all(|part| part.len() <= PART_BYTES));
            } else {
                prop_assert!(text.len() > PARTS * (PART_BYTES - SLACK));
            }
        }
    }
}
