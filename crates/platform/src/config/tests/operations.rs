//! The section `operations`.

use serde_json::{Value, json};

use super::*;

#[test]
fn one_mistake_about_operations_is_told_once() {
    for (pointer, value) in [
        ("/operations/logRetentionDays", json!(31)),
        ("/operations/logRetentionDays", json!("30")),
        ("/operations/rollout", json!("Canary")),
        ("/operations/webAclArn", json!("arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b")),
        ("/operations/webAclArn", json!("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b")),
        ("/operations/webAcl", json!("Managed")),
        ("/operations/webAcl", json!({ "managed": true })),
        ("/operations/webAcl", json!(true)),
        ("/operations/alarms/topicArn", json!("alarms")),
        ("/operations/alarms/topicArn", json!("arn:aws:sns:eu-west-1:123456789012:alarms")),
        ("/operations/alarms/throttledRequests", json!(0)),
        ("/operations/protectTables", json!(null)),
        ("/operations/ordersTable", json!("ab")),
        ("/operations/ordersTable", json!("a".repeat(256))),
        ("/operations/ordersTable", json!("arn:aws:dynamodb:us-east-1:123456789012:table/orders")),
        ("/operations/tags", json!(null)),
        ("/operations/tags", json!(["team"])),
        ("/operations/tags", json!({ "team": "a", "Team": "b" })),
        ("/operations/tags/team", json!("")),
        ("/operations/tags/team", json!(5)),
        ("/operations/tags/team", json!("gr\u{fc}n")),
        ("/operations/alarms/latencyMillis", json!(0)),
        ("/operations/usagePlan", json!("yes")),
    ] {
        let mut file = own_file();
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn the_stack_makes_a_web_acl_or_takes_one_and_not_both() {
    let mut file = with("/operations/webAcl", json!("managed"));
    assert!(pointers(&file).is_empty());
    let theirs = json!("arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b");
    set(&mut file, "/operations/webAclArn", theirs);
    assert_eq!(pointers(&file), ["/operations/webAcl"]);
    set(&mut file, "/operations/webAcl", json!(null));
    assert!(pointers(&file).is_empty());
}

#[test]
fn a_tag_that_is_wrong_is_told_at_its_place() {
    let file = |tags: Value| json!({ "operations": { "tags": tags } });
    assert!(pointers(&file(json!({ "team": "payments", "Cost Center": "4711" }))).is_empty());
    for (key, pointer) in
        [("aws:team", "/operations/tags"), ("a=b", "/operations/tags"), ("", "/operations/tags")]
    {
        let found = pointers(&file(json!({ "team": "x", key: "y" })));
        assert!(found.len() == 1 && found[0].starts_with(pointer), "{key:?}: {found:?}");
    }
    let wrong = file(json!({ "a": "", "b": "fine", "c": "x=y" }));
    assert_eq!(pointers(&wrong), ["/operations/tags/a", "/operations/tags/c"]);
    let many: serde_json::Map<_, _> = (0..46).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert_eq!(pointers(&file(many.into())), ["/operations/tags"]);
}
