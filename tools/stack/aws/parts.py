"""Generates the parts of template.yaml that are the same for each function: role, log group, alarms, subscription,
lists.

`python3 tools aws.parts --check`, the default, exits with 1 if a part is out of date; `--write` generates the parts.
They are between two comments in template.yaml; docs/decisions/0028 says why. If a part was written by hand outside of
these comments, it stays, and this program generates no second one. The program needs no YAML parser, so any Python runs
it. It must not change a line outside the marked blocks.
"""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stack.root import ROOT
from stack.run.failure import Failure

TEMPLATE = ROOT / "template.yaml"
USAGE = "usage: python3 tools aws.parts [--check | --write]"
COMMAND = "python3 tools aws.parts --write"
# Comments mark the parts in YAML. The dashboard is JSON, which has no comments, so the titles of its widgets mark its
# two lists.
MARK = rf"Made by `{COMMAND}` from the list of functions; do not edit\."
BLOCK = re.compile(rf"^( *)# \[([\w ]+)\] {MARK}\n", re.MULTILINE)
END = "# [end of what is made]\n"
WIDGET = re.compile(r'^( *)"title": "(Functions: [^"]+)".*"metrics": \[\n', re.MULTILINE)
WIDGET_END = "]]}},\n"
RESOURCE = re.compile(r"^  (\w+):\n((?:    .*\n|\n)*)", re.MULTILINE)
FUNCTION = "    Type: AWS::Serverless::Function\n"
# The gate comes first in each list, because every request depends on it.
GATE = "Authorizer"


@dataclass(frozen=True)
class Function:
    """A function that serves the API: its name (`Orders` of `OrdersFunction`), and its program, which is the dimension
    of its metrics."""

    name: str
    program: str


def main(argv: list[str]) -> int:
    if argv not in ([], ["--check"], ["--write"]):
        print(USAGE, file=sys.stderr)
        return 2
    text = TEMPLATE.read_text(encoding="utf-8")
    try:
        made = renew(text)
    except Failure as failure:
        print(failure.render(), file=sys.stderr)
        return failure.code
    if made == text:
        return 0
    if argv == ["--write"]:
        TEMPLATE.write_text(made, encoding="utf-8")
        return 0
    print(f"{TEMPLATE.name} does not follow its list of functions: run `{COMMAND}`.", file=sys.stderr)
    return 1


def renew(template: str) -> str:
    """Generates every part of the template from its functions."""
    functions = listed(template)
    by_hand = set(resources(without_parts(template)))
    missing = {*RESOURCES, *LISTS} - {found[2] for found in BLOCK.finditer(template)}
    missing |= set(WIDGETS) - {found[2] for found in WIDGET.finditer(template)}
    if missing:
        raise Failure(f"{TEMPLATE.name} has no marked block for: {', '.join(sorted(missing))}.", "Restore it from Git.")
    template = replaced(template, BLOCK, END, lambda name: block(name, functions, by_hand))
    return replaced(template, WIDGET, WIDGET_END, lambda name: widget(name, functions))


def replaced(template: str, begin: re.Pattern[str], end: str, made: Callable[[str], str]) -> str:
    """Replaces the text between each `begin` and the next line that ends with `end`."""
    done, position = "", 0
    for found in begin.finditer(template):
        stop = template.find(end, found.end())
        # A list of the dashboard ends inside its last line; a YAML part ends with a line of its own.
        stop = stop if end == WIDGET_END or stop < 0 else template.rfind("\n", 0, stop) + 1
        following = begin.search(template, found.end())
        if stop < 0 or (following and following.start() < stop):
            raise Failure(f"{TEMPLATE.name}: [{found[2]}] has no end.", f"Restore the line `{end.strip()}`.")
        done += template[position:found.end()] + indented(made(found[2]), found[1])
        position = stop
    return done + template[position:]


def indented(text: str, by: str) -> str:
    return "".join(by + line if line.strip() else line for line in text.splitlines(keepends=True))


def without_parts(template: str) -> str:
    return replaced(template, BLOCK, END, lambda _name: "")


def resources(template: str) -> dict[str, str]:
    """The text of each resource, by its logical id."""
    section = template[template.index("\nResources:\n"):template.index("\nOutputs:\n") + 1]
    return {found[1]: found[2] for found in RESOURCE.finditer(section)}


def listed(template: str) -> list[Function]:
    """The functions that serve the API, the gate first. A function with a condition is left out: all its parts have the
    same condition, so they are written by hand."""
    found = []
    for name, text in resources(template).items():
        if not text.startswith(FUNCTION) or "\n    Condition:" in text:
            continue
        program = re.search(r"Binary: ([\w-]+)", text)
        if not name.endswith("Function") or program is None:
            raise Failure(f"{name} does not end in Function, or has no Binary.", "See docs/add-a-service.md.")
        found.append(Function(name.removesuffix("Function"), program[1]))
    return sorted(found, key=lambda function: (function.name != GATE, function.name))


def block(name: str, functions: Iterable[Function], by_hand: set[str]) -> str:
    """The content of the marked block with that name."""
    if name in LISTS:
        return "".join(filled(LISTS[name], function) for function in functions)
    if name not in RESOURCES:
        raise Failure(f"{TEMPLATE.name}: [{name}] is unknown.", f"The known blocks are: {', '.join(RESOURCES)}.")
    parts = [
        filled(text, function)
        for function in functions
        for part, text in RESOURCES[name].items()
        if filled(part, function) not in by_hand
    ]
    return "\n".join(parts)


def widget(name: str, functions: Iterable[Function]) -> str:
    """The metrics of a widget of the dashboard. Only the first line has the full name of the metric."""
    if name not in WIDGETS:
        raise Failure(f"{TEMPLATE.name}: the widget {name} is unknown.", f"Known widgets are: {', '.join(WIDGETS)}.")
    first, *others = functions
    lines = [filled(WIDGETS[name], first)] + [
        filled(WIDGETS[name], function).replace('["AWS/Lambda"', '["."', 1).replace('"FunctionName"', '"."', 1)
        for function in others
    ]
    # The last bracket closes the list, and the template has it after the part.
    return ",\n".join(lines)[:-1]


def filled(text: str, function: Function) -> str:
    return text.replace("<Name>", function.name).replace("<program>", function.program)


# ---- The parts. In each, `<Name>` stands for the function and `<program>` for its program. ---------------------------

ROLE = """\
<Name>Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: *LambdaAssumesRole
    Policies:
      - PolicyName: write-own-log
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: [logs:CreateLogStream, logs:PutLogEvents]
              Resource: !GetAtt <Name>Logs.Arn
      - *Traces
"""
LOGS = """\
<Name>Logs:
  Type: AWS::Logs::LogGroup
  Properties:
    RetentionInDays: !Ref LogRetentionDays
"""
FAULTS = """\
<Name>Faults:
  Type: AWS::Logs::SubscriptionFilter
  Condition: ReportsErrors
  DependsOn: ReporterPermission
  Properties:
    LogGroupName: !Ref <Name>Logs
    DestinationArn: !Ref ReporterFunction.Alias
    FilterPattern: *Faults
"""
# An alarm for one of the metrics that Lambda counts for each function.
ALARM = """\
<Name><Metric>:
  Type: AWS::CloudWatch::Alarm
  Properties:
    AlarmDescription: <description>
    Namespace: AWS/Lambda
    MetricName: <Metric>
    Dimensions: [{ Name: FunctionName, Value: !Ref <Name>Function }]
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 3
    DatapointsToAlarm: 2
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
    TreatMissingData: notBreaching
    AlarmActions: *Tell
    OKActions: *Tell
"""
ERRORS = ALARM.replace("<Metric>", "Errors").replace(
    "<description>", "The function fails - a crash or a timeout."
)
THROTTLES = ALARM.replace("<Metric>", "Throttles").replace(
    "<description>", "Lambda throttles calls of the function - its concurrency, or that of the account, is used up."
)
NEW_ERRORS = """\
New<Name>Errors:
  Type: AWS::CloudWatch::Alarm
  Condition: ShiftsTraffic
  Properties:
    AlarmName: !Sub ${AWS::StackName}-New<Name>Errors-${<Name>Function.Version.Version}
    AlarmDescription: >-
      The new version of the function fails or responds with 5xx. CodeDeploy rolls back a canary or linear rollout.
    Metrics:
      - Id: failed
        Expression: !If [WritesMetrics, "FILL(errors, 0) + FILL(failures, 0)", "FILL(errors, 0)"]
        Label: Failures of the new version
      - Id: errors
        ReturnData: false
        MetricStat:
          Metric:
            Namespace: AWS/Lambda
            MetricName: Errors
            Dimensions:
              - { Name: FunctionName, Value: !Ref <Name>Function }
              - { Name: Resource, Value: !Sub "${<Name>Function}:live" }
              - { Name: ExecutedVersion, Value: !GetAtt <Name>Function.Version.Version }
          Stat: Sum
          Period: 60
      - !If
        - WritesMetrics
        - Id: failures
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: !Sub Gatehouse/${AWS::StackName}
              MetricName: Failures
              Dimensions:
                - { Name: Service, Value: <program> }
                - { Name: Version, Value: !GetAtt <Name>Function.Version.Version }
            Stat: Sum
            Period: 60
        - !Ref AWS::NoValue
    EvaluationPeriods: 5
    DatapointsToAlarm: 2
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
    TreatMissingData: notBreaching
    AlarmActions: *Tell
"""
# The resources of a function, by marked block and logical id.
RESOURCES: dict[str, dict[str, str]] = {
    "roles and logs": {"<Name>Role": ROLE, "<Name>Logs": LOGS},
    "faults": {"<Name>Faults": FAULTS},
    "errors": {"<Name>Errors": ERRORS},
    "throttles": {"<Name>Throttles": THROTTLES},
    "errors of new versions": {"New<Name>Errors": NEW_ERRORS},
}
LISTS: dict[str, str] = {
    "functions that roll out": """\
- !GetAtt <Name>Function.Arn
- !Sub ${<Name>Function.Arn}:*
""",
}
WIDGETS: dict[str, str] = {
    "Functions: errors and throttles": """\
  ["AWS/Lambda", "Errors", "FunctionName", "${<Name>Function}"], [".", "Throttles", ".", "."]""",
    "Functions: duration and concurrency": """\
  ["AWS/Lambda", "Duration", "FunctionName", "${<Name>Function}", {"stat": "p99"}],
  [".", "ConcurrentExecutions", ".", ".", {"stat": "Maximum", "yAxis": "right"}]""",
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
