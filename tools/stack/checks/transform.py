"""What template.yaml becomes: the SAM transform's output, with the conditions worked out for some parameters.

The transform writes half of the stack by itself. Needs a Python that has aws-sam-translator. It must not ask AWS.
"""

import copy
import functools
import logging
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from unittest import mock

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from stack.root import ROOT

# It reports on feature toggles and metrics that only matter inside AWS.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/gatehouse/0a1b2c3d-5e6f-11f0-8a9b-0123456789ab"
EXISTING = {"ExistingUserPoolId": "eu-west-1_Abc123", "ExistingUserPoolClientId": "7client,8machine"}


@functools.cache
def parsed() -> Any:
    return yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def source() -> Any:
    return copy.deepcopy(parsed())


# A region of each partition of AWS.
PARTITIONS = {"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc"}


@functools.cache
def deployed(region: str = "us-east-1", **parameters: str) -> SimpleNamespace:
    """The stack's resources, outputs and rules, as CloudFormation would see them with these parameters, in always the
    same second: SAM names the API's deployment by it, and two stacks would differ by chance. Only to be looked at:
    every test that asks for the same gets the same."""
    with mock.patch("samtranslator.model.apigateway.time.time", return_value=0):
        return deployed_now(region, **parameters)


def deployed_now(region: str = "us-east-1", **parameters: str) -> SimpleNamespace:
    """The same, in the present second."""
    template = source()
    for resource in template["Resources"].values():
        # `sam deploy` uploads the code and puts its address here; the transform takes nothing else.
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    unknown = set(parameters) - set(template["Parameters"])
    assert not unknown, f"the template has no parameter {unknown}"
    values = {name: str(declared["Default"]) for name, declared in template["Parameters"].items()} | parameters
    lists = {name for name, declared in template["Parameters"].items() if declared["Type"] == "CommaDelimitedList"}
    session = SimpleNamespace(region_name=region)
    translated = Translator({}, Parser(), boto_session=session).translate(template, dict(values))
    given = {name: value.split(",") if name in lists else value for name, value in values.items()}
    pseudo = {"AWS::StackId": STACK_ID, "AWS::Partition": PARTITIONS[region]}
    return Resolver({**given, **pseudo}, translated["Conditions"]).stack(translated)


ABSENT = object()


class Resolver:
    """Works out what depends on parameters alone; references to resources stay as they are."""

    def __init__(self, parameters: Mapping[str, Any], conditions: Mapping[str, Any]):
        self.parameters = parameters
        self.conditions = conditions

    def stack(self, template: Mapping[str, Any]) -> SimpleNamespace:
        outputs = self.value(self.made(template["Outputs"]))
        return SimpleNamespace(
            raw=template,
            resources=self.value(self.made(template["Resources"])),
            outputs={name: output["Value"] for name, output in outputs.items()},
            rules=self.value(template["Rules"]),
        )

    def made(self, section: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: entry
            for name, entry in section.items()
            if "Condition" not in entry or self.holds(entry["Condition"])
        }

    def holds(self, name: str) -> Any:
        return self.value(self.conditions[name])

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function in FUNCTIONS:
                return FUNCTIONS[function](self, argument)
        resolved = {key: self.value(inner) for key, inner in node.items()}
        return {key: value for key, value in resolved.items() if value is not ABSENT}

    def reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return ABSENT
        return self.parameters.get(name, {"Ref": name})

    def substitute(self, argument: Any) -> Any:
        text, names = (argument, {}) if isinstance(argument, str) else self.value(argument)
        known = {name: value for name, value in (self.parameters | names).items() if isinstance(value, str)}
        text = re.sub(r"\$\{(\w+)\}", lambda match: known.get(match[1], match[0]), text)
        unknown = {name: value for name, value in names.items() if name not in known}
        return {"Fn::Sub": [text, unknown]} if unknown else text

    def split(self, argument: Any) -> Any:
        separator, text = self.value(argument)
        return text.split(separator)

    def join(self, argument: Any) -> Any:
        separator, parts = self.value(argument)
        return separator.join(parts)

    def choose(self, argument: Any) -> Any:
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)

    def equal(self, argument: Any) -> bool:
        left, right = self.value(argument)
        return bool(left == right)

    def select(self, argument: Any) -> Any:
        index, items = self.value(argument)
        return items[int(index)]


FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.reference,
    "Condition": Resolver.holds,
    "Fn::Sub": Resolver.substitute,
    "Fn::Join": Resolver.join,
    "Fn::If": Resolver.choose,
    "Fn::Equals": Resolver.equal,
    "Fn::Select": Resolver.select,
    "Fn::Split": Resolver.split,
    "Fn::Not": lambda resolver, argument: not resolver.value(argument)[0],
    "Fn::And": lambda resolver, argument: all(resolver.value(argument)),
    "Fn::Or": lambda resolver, argument: any(resolver.value(argument)),
}
