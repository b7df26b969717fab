"""Tests which logs are retained: the audit logs stay after their switch is turned off and after the stack is deleted.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes.
"""

import json
import unittest

from stack.checks.transform import deployed
from test_template import of_type, properties

# Who came and what the gate said, and what was asked of the API. What the services write is about their own work.
RECORDS = {"AuthorizerLogs", "AccessLogLines"}


class Records(unittest.TestCase):
    def test_audit_logs_stay_without_the_stack_or_the_switch(self):
        logs = of_type(deployed(), "AWS::Logs::LogGroup")
        for name in RECORDS:
            self.assertEqual(logs[name]["DeletionPolicy"], "RetainExceptOnCreate", name)
            self.assertEqual(logs[name]["UpdateReplacePolicy"], "Retain", name)
        self.assertNotIn("AccessLogLines", of_type(deployed(AccessLogs="false"), "AWS::Logs::LogGroup"))

    def test_audit_logs_still_expire(self):
        for name in RECORDS:
            self.assertEqual(properties(deployed(LogRetentionDays="7"), name)["RetentionInDays"], "7", name)

    def test_the_next_stacks_log_names_are_free(self):
        for name, log in of_type(deployed(), "AWS::Logs::LogGroup").items():
            self.assertNotIn("LogGroupName", log["Properties"], name)

    def test_the_services_logs_are_deleted_with_the_stack(self):
        for name, log in of_type(deployed(), "AWS::Logs::LogGroup").items():
            if name not in RECORDS:
                self.assertNotIn("DeletionPolicy", log, name)


class AccessLog(unittest.TestCase):
    def test_no_caller_can_choose_a_request_id(self):
        # The other one is the caller's, who sends the header x-amzn-RequestId.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
        line = json.loads(properties(deployed(), "ApiStage")["AccessLogSetting"]["Format"])
        self.assertEqual(line["extendedRequestId"], "$context.extendedRequestId")
        self.assertEqual(line["requestId"], "$context.requestId")


if __name__ == "__main__":
    unittest.main()
