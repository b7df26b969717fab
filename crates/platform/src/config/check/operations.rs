//! The check of the section `operations`.

use super::problem;
use crate::config::Operations;
use crate::document::Problem;

/// AWS WAF allows at most one web ACL for a resource.
///
/// <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html>
pub(super) fn check(operations: &Operations) -> Option<Problem> {
    (operations.web_acl.is_some() && operations.web_acl_arn.is_some()).then(|| {
        let message = "a stage has one web ACL: set this or operations.webAclArn to null";
        problem("/operations/webAcl", message)
    })
}
