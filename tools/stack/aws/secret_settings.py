"""Settings that need a secret: the deploy that turns such a setting on has to pass its secret with --parameters.

The secrets are in no file of the repository. This file makes no calls. It must never print a secret: whoever has it can
act as the service.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stack.run.failure import Failure


@dataclass(frozen=True)
class Secret:
    """The parameter `switch` turns `setting` of config.json on. The parameter `name` carries the secret."""

    setting: str
    switch: str
    name: str
    lacks: str
    source: str
    example: str


SECRETS = (
    Secret(
        setting="operations.sentry",
        switch="Sentry",
        name="SentryDsn",
        lacks="there is no DSN to send errors to",
        source="the DSN of the project from Sentry (Settings, Client Keys)",
        example="https://KEY@HOST/PROJECT",
    ),
    Secret(
        setting="auth.turnstile",
        switch="Turnstile",
        name="TurnstileSecret",
        lacks="there is no secret to check tokens with",
        source="the secret key of the widget from Cloudflare (Turnstile, Settings)",
        example="0x...",
    ),
)


def require(wanted: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Refuses, before the build, what the template's own rules would refuse after it. `before` holds the stack's
    parameters and is empty if there is no stack. CloudFormation does not say whether the stack has a secret (NoEcho),
    but a stack whose switch is on must have one."""
    for secret in SECRETS:
        if lacks(secret, wanted, before):
            raise Failure(
                f"{secret.setting} is on, and {secret.lacks}.",
                f"Copy {secret.source} into a file of yours, as the line\n"
                f'  {secret.name}: "{secret.example}"\n'
                "and add --parameters FILE to this command. Later deploys keep the secret.",
                code=2,
            )


def lacks(secret: Secret, wanted: Mapping[str, str], before: Mapping[str, str]) -> bool:
    if wanted.get(secret.switch) != "true" or wanted.get(secret.name):
        return False
    return before.get(secret.switch) != "true" or secret.name in wanted
