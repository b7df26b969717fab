//! Mistakes in the arguments and on stdin: exit code 2, before any request is sent.

use super::gatehouse;

#[test]
fn help_and_version_are_results() {
    for args in [
        &["--help"][..],
        &["token", "--help"],
        &["user", "create", "--help"],
        &["user", "invite", "--help"],
        &["explain", "--help"],
        &["policy", "--help"],
        &["issuer", "add", "--help"],
        &["client", "add-secret", "--help"],
        &["pool", "check", "--help"],
        &["--version"],
    ] {
        let run = gatehouse(args).run();
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert!(run.out.contains("gatehouse"), "{}", run.out);
    }
}

#[test]
fn mistakes_in_the_arguments_exit_with_2() {
    for (args, line) in [
        (&["token"][..], "<EMAIL>"),
        (&["token", "ann"], "must be an e-mail address"),
        (&["user", "create", "a b@example.com"], "without quotes, spaces"),
        (&["token", "ann@example.com", "--token", "other"], "possible values: access, id, refresh"),
        (&["token", "ann@example.com", "--json", "--token", "id"], "cannot be used with"),
        (&["token", "ann@example.com", "--group", "admins"], "--create"),
        (&["token", "ann@example.com", "--password", "x"], "--password-stdin"),
        (&["user", "create", "ann@example.com", "--group", "two words"], "no white space"),
        (&["user", "invite", "ann@example.com", "--resend", "--group", "admins"], "cannot be used with"),
        (&["token", "ann@example.com", "--region", "evil.example/"], "us-east-1"),
        (&["token", "ann@example.com", "--password-stdin", "--user-pool-id", "x"], "--user-pool-id must be"),
    ] {
        gatehouse(args).run().fails(2, line);
    }
}

#[test]
fn without_a_terminal_a_password_comes_from_stdin_or_not_at_all() {
    for args in [&["token", "ann@example.com"][..], &["user", "create", "ann@example.com"]] {
        gatehouse(args).stdin("Correct-horse-9\n").run().fails(2, "give it on stdin with --password-stdin");
    }
}

#[test]
fn what_is_no_password_is_refused() {
    let args = ["token", "ann@example.com", "--password-stdin"];
    gatehouse(&args).stdin("").run().fails(2, "the password is empty");
    gatehouse(&args).stdin("\r\n").run().fails(2, "the password is empty");
    gatehouse(&args).stdin("a\0b\n").run().fails(2, "NUL");
    gatehouse(&args).stdin(&"x".repeat(100_000)).run().fails(2, "longer than");
}
