"""Errors to Sentry (operations.sentry): a deploy that turns them on has to bring the DSN of the project that gets them.

Pure. It must never show a DSN: who has it can send events to the project.
"""

from typing import Mapping

from failure import Failure


def require_dsn(wanted: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Refuses what the template's own rule would refuse after the build. `before`: the stack's parameters, none where
    there is no stack. Whether the stack keeps a DSN is not told (NoEcho), but one that sends errors has one."""
    if wanted.get("Sentry") != "true" or wanted.get("SentryDsn"):
        return
    if before.get("Sentry") == "true" and "SentryDsn" not in wanted:
        return
    raise Failure(
        "operations.sentry is on, and there is no DSN to send errors to.",
        "Copy the DSN of the project from Sentry (Settings, Client Keys) into a file of yours, as the line\n"
        '  SentryDsn: "https://KEY@HOST/PROJECT"\n'
        "and add --parameters FILE to this command. Later deploys keep it.",
        code=2,
    )
