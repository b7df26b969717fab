"""Settings that need a secret which is in no file of the repository: the deploy that turns one on has to bring it.

Pure. It must never show such a secret: whoever has it acts as the service does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stack.run.failure import Failure


@dataclass(frozen=True)
class Secret:
    """`switch` is the parameter that turns `setting` of config.json on, `name` the one that the secret comes with."""

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
    """Refuses what the template's own rules would refuse after the build. `before`: the stack's parameters, none where
    there is no stack. Whether the stack keeps a secret is not told (NoEcho), but one that is set up so has it."""
    for secret in SECRETS:
        if lacks(secret, wanted, before):
            raise Failure(
                f"{secret.setting} is on, and {secret.lacks}.",
                f"Copy {secret.source} into a file of yours, as the line\n"
                f'  {secret.name}: "{secret.example}"\n'
                "and add --parameters FILE to this command. Later deploys keep it.",
                code=2,
            )


def lacks(secret: Secret, wanted: Mapping[str, str], before: Mapping[str, str]) -> bool:
    if wanted.get(secret.switch) != "true" or wanted.get(secret.name):
        return False
    return before.get(secret.switch) != "true" or secret.name in wanted
