"""What the children of these programs see of the user's environment: everything but his AWS account and his Python.

It must not decide which AWS is used instead; whoever calls adds that.
"""

from collections.abc import Mapping
from pathlib import Path

FOREIGN = ("AWS_", "SAM_", "__SAM_", "SAMCLI_", "PYTHON", "VIRTUAL_ENV")
# No setting of AWS: it steers how the crate aws-lc-sys is built.
NOT_FOREIGN = "AWS_LC_"


def without_account(base: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`base` with no way left to find a profile, a login or an instance role; `folder` is one of ours."""
    kept = {
        name: value for name, value in base.items() if name.startswith(NOT_FOREIGN) or not name.startswith(FOREIGN)
    }
    return {
        **kept,
        # Two files that do not exist.
        "AWS_CONFIG_FILE": str(folder / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def with_account(base: Mapping[str, str], region: str, profile: str | None) -> dict[str, str]:
    """`base` with the user's AWS account and without his Python and sam. A profile that was asked for goes before
    keys that happen to be set."""
    foreign = tuple(prefix for prefix in FOREIGN if prefix != "AWS_")
    env = {name: value for name, value in base.items() if not name.startswith(foreign)}
    if profile:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            env.pop(name, None)
        env["AWS_PROFILE"] = profile
    return {**env, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def with_tools(env: Mapping[str, str], tools: Path, settings: Path) -> dict[str, str]:
    """`env` with the programs of an environment of ours first, and sam's own files in `settings`."""
    return {
        **env,
        "PATH": f"{tools}:{env['PATH']}" if env.get("PATH") else str(tools),
        "SAM_CLI_TELEMETRY": "0",
        # sam reads its files in the locale's encoding, and ours are UTF-8.
        "PYTHONUTF8": "1",
        # In the home folder they would be shared with the user's sam.
        "__SAM_CLI_APP_DIR": str(settings),
    }
