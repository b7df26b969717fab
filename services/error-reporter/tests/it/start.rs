//! How the function reports wrong settings before the first event.

use crate::runtime::{command, log, told};
use crate::sentry::KEY;

#[test]
fn an_invalid_dsn_ends_it_at_start_with_advice() {
    for (dsn, words) in [
        (None, "is empty"),
        (Some(String::new()), "is empty"),
        (Some(KEY.to_owned()), "is not a DSN of the form https://KEY@HOST/PROJECT"),
        (Some(format!("https://{KEY}@example.com")), "is not a DSN"),
        (Some(format!("https://{KEY}@exa mple.com/42")), "is not a DSN"),
        (Some(format!("https://{KEY}@example.com/project")), "is not a DSN"),
        (Some(format!("http://{KEY}@example.com/42")), "must begin with https://"),
        (Some(format!("https://{KEY}@example.com/{}", "4".repeat(600))), "is longer"),
    ] {
        let output = command("127.0.0.1:9", dsn.as_deref()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{dsn:?}");
        let log = log(&output);
        let [line] = told(&log, "ERROR")[..] else { panic!("{log:?}") };
        let error = line["error"].as_str().unwrap();
        assert!(
            error.contains("SENTRY_DSN") && error.contains(words) && error.contains("SentryDsn"),
            "{error}"
        );
    }
}

#[test]
fn a_stack_without_a_name_ends_it_too() {
    let output = command("127.0.0.1:9", Some(&format!("https://{KEY}@example.com/42")))
        .env_remove("STACK_NAME")
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(log(&output)[0]["error"].as_str().unwrap().contains("STACK_NAME"));
}
