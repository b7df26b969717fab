"""A repository for tests: the real scripts in a temporary folder, with stand-ins for cargo, sam and MiniStack.

Each stand-in is a few lines of shell that do what the scripts need. This file must not be used outside the tests.
"""

import contextlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stack.root import ROOT
from stack.run import system
from stack.run.tools import Tools

CARGO = """#!/bin/sh
[ -e "{root}/cargo-hangs" ] && {{ sleep 1000 & wait; }}
[ -e "{root}/cargo-fails" ] && {{ printf '   Compiling gatehouse\\nerror: a mistake in the code\\n' >&2; exit 101; }}
echo '{{"reason":"compiler-artifact","target":{{"name":"gatehouse"}},"executable":"{root}/bin/gatehouse"}}'
"""

GATEHOUSE = """#!/bin/sh
case "$1 $2" in
"config check") [ ! -e "{root}/bad-config" ] || {{ echo "/api/stage: must not be empty" >&2; exit 2; }} ;;
"config parameters")
    echo 'StageName: "v1"'
    [ ! -e "{root}/parameters" ] || {{ cat "{root}/parameters"; exit 0; }}
    echo 'ExistingUserPoolId: "us-east-1_theirs"' ;;
"config merge") echo "$@" >> "{root}/merges"; cat "{root}/merged.json" ;;
"user create") cat >> "{root}/passwords"; echo "$@" >> "{root}/users"; env >> "{root}/gatehouse-env" ;;
"pool check")
    echo "$@" >> "{root}/pool-checks"
    [ ! -e "{root}/pool-refused" ] || {{ echo "error: allow the caller cognito-idp:DescribeUserPool" >&2; exit 1; }}
    [ -e "{root}/pool.json" ] || {{ echo '{{"userPoolId": "us-east-1_theirs", "checks": []}}'; exit 0; }}
    cat "{root}/pool.json"; ! grep -q '"broken"' "{root}/pool.json" ;;
"user delete") echo "$3" >> "{root}/deleted" ;;
"policy "*) cat "{root}/policy.json" ;;
"token "*)
    case " $* " in
    *" --create "*) cat >> "{root}/passwords"; echo "$@" >> "{root}/users"; env >> "{root}/gatehouse-env" ;;
    esac
    [ ! -e "{root}/no-token" ] || exit 1; echo header.claims.signature-of-the-token ;;
esac
"""

SAM = """#!/bin/sh
echo "$@" >> "{root}/sam-calls"
env >> "{root}/sam-env"
[ "$1" = build ] && [ -e "{root}/build-hangs" ] && {{ sleep 1000 & wait; }}
[ "$1" = build ] && [ -e "{root}/build-fails" ] && {{ echo "error[E0308]: mismatched types"; exit 1; }}
[ "$1" = build ] && {{
    [ ! -e "{root}/stack-by-then.json" ] || mv "{root}/stack-by-then.json" "{root}/stack.json"
    for argument in "$@"; do case "$argument" in file://*) cp "${{argument#file://}}" "{root}/built.yaml" ;; esac; done
}}
[ "$1" = build ] && [ -e "{root}/program" ] && {{
    while [ "$1" != --build-dir ]; do shift; done
    mkdir -p "$2/WhoamiFunction" && cp "{root}/program" "$2/WhoamiFunction/bootstrap" && cp "{root}/template.yaml" "$2"
    exit 0
}}
[ "$1" = deploy ] && {{
    number=$(grep -c '^deploy' "{root}/sam-calls")
    for argument in "$@"; do
        case "$argument" in file://*) cp "${{argument#file://}}" "{root}/deployed-$number.yaml" ;; esac
    done
    [ ! -e "{root}/deploy-$number-fails" ] || {{ echo "UPDATE_FAILED AuthFunction: a reason"; exit 1; }}
}}
[ "$1" = validate ] && [ -e "{root}/bad-template" ] && {{ echo "[E3002] no such property"; exit 1; }}
[ "$1 $2" = "list resources" ] && {{ cat "{root}/resources.json"; exit 0; }}
[ "$1" = list ] && echo '[
  {{"OutputKey": "ApiUrl", "OutputValue": "https://abc123.execute-api.us-east-1.amazonaws.com/v1"}},
  {{"OutputKey": "UserPoolId", "OutputValue": "us-east-1_local"}},
  {{"OutputKey": "UserPoolClientId", "OutputValue": "client"}}
]'
exit 0
"""

# The tools' Python, which account.py needs for its boto3. It answers what the files say.
PYTHON = """#!/bin/sh
[ "$1 $2" = "{root}/tools aws.account" ] || exit 0
shift
echo "$2 $3" >> "{root}/asked"
env >> "{root}/asked-env"
[ ! -e "{root}/no-answer-$2" ] || {{ echo "no credentials" >&2; exit 1; }}
[ "$2" != remove ] || echo null > "{root}/stack.json"
[ "$2" != remove ] || {{ echo null; exit 0; }}
cat "{root}/$2.json"
"""

# Its child stands for a function's process.
SERVER = """#!{python}
import http.server, os, subprocess, sys, threading
function = subprocess.Popen(["sleep", "1000"])
open("{root}/function-pid", "w").write(str(function.pid))
open("{root}/server-env", "w").write(repr(dict(os.environ)))
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
def end_with_starter():
    os.read(0, 1)
    os.killpg(0, 9)
threading.Thread(target=end_with_starter, daemon=True).start()
http.server.HTTPServer((os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])), Ready).serve_forever()
"""

# What account.py tells of an account in which everything is as it should be.
ANSWERS = {
    "mail": {
        "account": "123456789012",
        "identity": "SUCCESS",
        "by": None,
        "production": True,
        "sending": True,
        "quota": 50000.0,
        "sent": 12.0,
        "set": True,
        "unknown": {},
    },
    "sms": {"sandbox": False, "spend": "200", "origins": ["US"], "unknown": {}},
    "pool": {
        "plan": "LITE",
        "trigger": "",
        "triggers": [],
        "firstFactors": ["PASSWORD"],
        "history": 0,
        "protection": "OFF",
        "login": 1,
        "unknown": {},
    },
}

CONFIG = """{"region": "us-east-1", "userPool": {"id": "us-east-1_theirs", "groups": ["admins"],
"passwordPolicy": {"minimumLength": 12}}}"""


class Repository:
    """The scripts, ready to run in a temporary folder."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name).resolve()
        self._started: list[subprocess.Popen] = []
        ignored = shutil.ignore_patterns("__pycache__", "gatehouse", "tests")
        for folder in ("scripts", "tools"):
            shutil.copytree(ROOT / folder, self.root / folder, ignore=ignored)
        (self.root / "config.json").write_text(CONFIG, encoding="utf-8")
        (self.root / "merged.json").write_text(CONFIG, encoding="utf-8")
        # What `gatehouse policy` says of everybody.
        (self.root / "policy.json").write_text('{"routes": [{"route": "GET /whoami"}]}', encoding="utf-8")
        shutil.copy(ROOT / "template.yaml", self.root)
        # The tool environments are stamped for the Python of this test.
        self._program("bin/python3", '#!/bin/sh\nexec "{python}" "$@"\n')
        self._program("bin/cargo", CARGO)
        self._program("bin/gatehouse", GATEHOUSE)
        self._environment("sam", "sam", SAM)
        self._program(".venv/sam/bin/python", PYTHON)
        (self.root / "stack.json").write_text("null", encoding="utf-8")
        (self.root / "log-role.json").write_text('{"role": null, "there": false}', encoding="utf-8")
        for name, answer in ANSWERS.items():
            (self.root / f"{name}.json").write_text(json.dumps(answer), encoding="utf-8")
        self._environment("ministack", "python", SERVER)

    def close(self) -> None:
        for child in self._started:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                child.wait(timeout=20)
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream:
                    stream.close()
        self.local("--stop")
        self._folder.cleanup()

    def mark(self, name: str) -> None:
        """Sets a switch that changes what the stand-ins do."""
        (self.root / name).touch()

    def path(self, name: str) -> Path:
        return self.root / name

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8") if (self.root / name).exists() else ""

    def env(self, **more: str) -> dict[str, str]:
        """The environment of the scripts."""
        return {**os.environ, "PATH": f"{self.root}/bin{os.pathsep}{os.environ['PATH']}", **more}

    def local(self, *arguments: str, **env: str) -> subprocess.CompletedProcess:
        """Runs scripts/local until it ends."""
        return subprocess.run(
            [self.root / "scripts/local", *arguments],
            env=self.env(**env), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )

    def run(self, program: str, *arguments: str, **env: str) -> subprocess.CompletedProcess:
        """Runs another script until it ends, without a terminal."""
        return subprocess.run(
            [self.root / "scripts" / program, *arguments],
            env=self.env(**env), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )

    def start_local(self, *arguments: str) -> subprocess.Popen:
        """Starts scripts/local and keeps it running until the test ends."""
        child = subprocess.Popen(
            [self.root / "scripts/local", *arguments],
            env=self.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self._started.append(child)
        return child

    def _environment(self, name: str, program: str, text: str) -> None:
        """A tool environment that counts as installed."""
        self._program(f".venv/{name}/bin/{program}", text)
        if program != "python":
            self._program(f".venv/{name}/bin/python", "#!/bin/sh\n")
        tools = Tools(self.root / ".venv", self.root / "tools/requirements")
        (self.root / ".venv" / name / "stamp").write_text(tools.stamp(name), encoding="utf-8")

    def _program(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(root=self.root, python=sys.executable), encoding="utf-8")
        file.chmod(0o755)


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Runs a server on this machine while the block runs, and yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Waits for the condition, and returns whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    """Whether a process runs. A zombie counts as ended."""
    found = system.current().processes().get(pid)
    return found is not None and not found.has_ended
