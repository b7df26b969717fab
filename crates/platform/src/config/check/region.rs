//! The resources that the API uses must be in the stack's region.

use super::problem;
use crate::config::{AlarmTopicArn, CertificateArn, Config, WebAclArn};
use crate::document::Problem;

/// A regional API accepts a certificate and a web ACL only from its own region, and an alarm accepts a topic only
/// from its own region.
pub(super) fn check(config: &Config) -> Vec<Problem> {
    let certificate = config.api.domain.as_ref().map(|domain| &domain.certificate_arn);
    let web_acl = config.operations.web_acl_arn.as_ref();
    let topic = config.operations.alarms.topic_arn.as_ref();
    [
        ("/api/domain/certificateArn", certificate.map(CertificateArn::region)),
        ("/operations/webAclArn", web_acl.map(WebAclArn::region)),
        ("/operations/alarms/topicArn", topic.map(AlarmTopicArn::region)),
    ]
    .into_iter()
    .filter_map(|(pointer, found)| {
        let found = found.filter(|found| *found != config.region.as_str())?;
        Some(problem(
            pointer,
            format!("must be one of the stack's region, {}, not of {found}", config.region),
        ))
    })
    .collect()
}
