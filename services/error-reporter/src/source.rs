//! Which service, function and version wrote a line, according to the names of its log group and log stream.

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) log_group: String,
    /// The service's name in the template, in lower case and without the type of the resource: `auth`.
    pub(crate) service: String,
    pub(crate) function: Option<String>,
    /// The version that ran. During a canary deployment, and after `scripts/deploy --back`, the deployed
    /// revision is another one.
    pub(crate) version: Option<String>,
}

impl Source {
    /// `CloudFormation` names a log group `STACK-AuthLogs-RANDOM`. Lambda names a stream in such a group
    /// `2026/11/27/FUNCTION[VERSION]INSTANCE`:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html>
    pub(crate) fn read(stack: &str, log_group: &str, log_stream: &str) -> Self {
        let (before, after) = log_stream.split_once('[').unwrap_or((log_stream, ""));
        let function = before.rsplit('/').next().filter(|name| !name.is_empty());
        let version = after.split_once(']').map(|(version, _)| version);
        let is_number =
            |version: &&str| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            log_group: log_group.to_owned(),
            service: service(stack, log_group).unwrap_or_else(|| last_part(log_group).to_owned()),
            function: function.map(ToOwned::to_owned),
            version: version.filter(is_number).map(ToOwned::to_owned),
        }
    }

    /// Sentry's releases belong to a whole organization, so the name includes the stack's.
    pub(crate) fn release(&self, stack: &str) -> Option<String> {
        self.version.as_ref().map(|version| format!("{stack}-{}@{version}", self.service))
    }
}

fn service(stack: &str, log_group: &str) -> Option<String> {
    let named = log_group.strip_prefix(stack)?.strip_prefix('-')?;
    let (logical, _) = named.rsplit_once('-')?;
    let service = logical.strip_suffix("Logs").filter(|service| !service.is_empty())?;
    Some(service.to_lowercase())
}

fn last_part(log_group: &str) -> &str {
    log_group.rsplit('/').next().unwrap_or(log_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        "2026/11/27/gatehouse-prod-AuthFunction-aB3dE5gH7jK9[17]6f7f0961f83442118a7af6fe80b88d56";

    #[test]
    fn a_line_names_its_service_function_and_version() {
        let source = Source::read("gatehouse-prod", "gatehouse-prod-AuthLogs-1a2B3c4D5e6F", STREAM);
        assert_eq!(source.service, "auth");
        assert_eq!(source.function.as_deref(), Some("gatehouse-prod-AuthFunction-aB3dE5gH7jK9"));
        assert_eq!(source.version.as_deref(), Some("17"));
        assert_eq!(source.release("gatehouse-prod").as_deref(), Some("gatehouse-prod-auth@17"));
    }

    #[test]
    fn names_of_another_form_are_taken_as_they_are() {
        let source = Source::read("gatehouse", "/aws/lambda/other", "2026/11/27/[$LATEST]6f7f0961");
        assert_eq!(source.service, "other");
        assert_eq!((source.function.as_ref(), source.version.as_ref()), (None, None));
        assert_eq!(source.release("gatehouse"), None);
        for (group, service) in [
            ("gatehouse-prod-AuthLogs-1a2B", "gatehouse-prod-AuthLogs-1a2B"),
            ("gatehouse-dev-Logs-1a2B", "gatehouse-dev-Logs-1a2B"),
            ("gatehouse-dev-AuthLogs", "gatehouse-dev-AuthLogs"),
            ("", ""),
        ] {
            assert_eq!(Source::read("gatehouse-dev", group, "").service, service);
        }
        for stream in ["", "x", "[", "]", "a[b", "a[]b", "a[7b]c"] {
            assert_eq!(Source::read("gatehouse", "group", stream).version, None, "{stream}");
        }
    }
}
