//! `gatehouse token`, the shortest way to a request that is accepted.

use e2e::{Jwt, Stack};

use crate::{MAKES_USERS, Outcome, PASSED, checks, new_address, skipped};

checks![a_new_user_gets_a_working_token_with_one_command, a_wrong_password_gets_no_token];

const PASSWORD: &str = "Correct-horse-9";

fn a_new_user_gets_a_working_token_with_one_command(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(MAKES_USERS));
    }
    let email = new_address();
    let arguments = ["token", &email, "--create", "--group", "admins", "--password-stdin"];
    let first = stack.gatehouse.run(&arguments, PASSWORD)?;
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let stdout = String::from_utf8(first.stdout).map_err(|error| error.to_string())?;
    let token = stdout.strip_suffix('\n').ok_or("the token is not a line of its own")?;

    let answer = stack.get_with("/whoami", token)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["subject"], Jwt::parse(token)?.text("sub")?);
    assert_eq!(stack.get_with("/admin/ping", token)?.status, 200);

    // The password is final: the same command signs the same user in.
    let again = stack.gatehouse.run(&arguments, PASSWORD)?;
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let stdout = String::from_utf8(again.stdout).map_err(|error| error.to_string())?;
    assert_eq!(Jwt::parse(stdout.trim_end())?.text("sub")?, Jwt::parse(token)?.text("sub")?);
    PASSED
}

fn a_wrong_password_gets_no_token(stack: &Stack) -> Outcome {
    let arguments = ["token", &stack.deployment.user.email, "--password-stdin"];
    let output = stack.gatehouse.run(&arguments, "Wrong-horse-9")?;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("Wrong-horse-9"), "the password is in: {said}");
    PASSED
}
