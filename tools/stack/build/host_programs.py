"""Replaces cargo-lambda if the functions have to run on this machine and this machine does not run Linux.

scripts/local runs the functions' programs itself. `sam build` builds them with cargo-lambda, which refuses every target
but Lambda's (https://github.com/cargo-lambda/cargo-lambda/issues/468). So on macOS a program of this name comes first
in the PATH of `sam build`. It runs `cargo build --bin NAME` for `cargo lambda build --bin NAME`, and copies the program
to where sam looks for it. A build for AWS must not have it in PATH.

sam's side of this is `build_command` and `binary_path` in aws_lambda_builders/workflows/rust_cargo/actions.py.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from stack.build.local_overrides import BUILD
from stack.root import TOOLS
from stack.run import system

NAME = "cargo-lambda"


def environment(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of a `sam build` whose programs run on this machine. The stand-in is written to `folder`."""
    env = {**env, **BUILD}
    if system.builds_for_lambda():
        return env
    folder.mkdir(parents=True, exist_ok=True)
    stand_in = folder / NAME
    # Started by its path and not with `-m`, because sam changes the folder and passes no PYTHONPATH on.
    words = (sys.executable, str(TOOLS), "build.host_programs")
    stand_in.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    stand_in.chmod(0o700)
    return {**env, "PATH": f"{folder}:{env['PATH']}"}


def main(argv: list[str]) -> int:
    """Builds the program. cargo calls this as `cargo-lambda lambda build ...` in the package's folder."""
    name = argv[argv.index("--bin") + 1] if "--bin" in argv[:-1] else ""
    if argv[:2] != ["lambda", "build"] or not name:
        print(f"This {NAME} is a stand-in that supports only `cargo lambda build --bin NAME`.", file=sys.stderr)
        return 2
    # cargo builds for this machine's processor, which local_overrides.py also sets, so sam's target is ignored.
    release = ["--release"] if "--release" in argv else []
    command = [os.environ.get("CARGO", "cargo"), "build", "--bin", name, *release]
    done = subprocess.run([*command, "--message-format", "json-render-diagnostics"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return done.returncode
    program = executable(done.stdout, name)
    if program is None:
        print(f"cargo built no program named {name}.", file=sys.stderr)
        return 1
    place = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "lambda" / name / "bootstrap"
    place.parent.mkdir(parents=True, exist_ok=True)
    # The file is replaced and not overwritten, because a program may be running from it.
    draft = place.with_name("bootstrap.new")
    shutil.copy2(program, draft)
    draft.replace(place)
    return 0


def executable(messages: str, name: str) -> Path | None:
    """The path of the built program, from cargo's messages:
    https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages"""
    for message in map(json.loads, messages.splitlines()):
        if message.get("executable") and message["target"]["name"] == name:
            return Path(message["executable"])
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
