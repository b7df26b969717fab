"""Tests the workflows: what may run in a job with a cloud token, and which checks a release has to pass.

In a job that may request an OpenID Connect token, every step can request it, even before a role is assumed. So the
tests check each job as a whole. They use no network and run nothing on GitHub."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import yaml

from stack.aws.options import parse
from stack.root import ROOT
from stack.run import tools
from stack.run.failure import Failure

FOLDER = ROOT / ".github" / "workflows"
# What fetches or runs the code of others, or builds ours from it.
BUILDS = re.compile(
    r"\b(cargo|rustup|rustc|pip3?|pipx|uvx?|poetry|npm|npx|yarn|pnpm|node|docker|curl|wget|gh|git|make|brew|apt(-get)?)\b"
    r"|\bsam (build|validate|sync|local)\b|scripts/(test|local|bench)\b|--build\b|--install-tools\b"
)
CREDENTIALS = "aws-actions/configure-aws-credentials@"
# Between the end of the longest rollout that is let in and the moment when job or session ends: upload, the stack's
# other resources, smoke test.
MARGIN_MINUTES = 10
# With all waiting, of which at most 30 days are for a reviewer: https://docs.github.com/en/actions/reference/limits
LONGEST_RUN_DAYS = 35


def workflow(name):
    # YAML 1.1 takes the key `on` for a yes.
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


WORKFLOWS = {file.name: workflow(file.name) for file in sorted(FOLDER.glob("*.y*ml"))}
RELEASE = WORKFLOWS["release.yml"]["jobs"]


def jobs():
    return [(f"{name}: {job}", found) for name, flow in WORKFLOWS.items() for job, found in flow["jobs"].items()]


def steps(job):
    return job.get("steps", [])


def uses(job):
    return [step["uses"] for step in steps(job) if "uses" in step] + ([job["uses"]] if "uses" in job else [])


def runs(job):
    return [step["run"] for step in steps(job) if "run" in step]


def step_with(job, text):
    found = [step for step in steps(job) if text in step.get("uses", "") + step.get("run", "")]
    assert len(found) == 1, f"{len(found)} steps with {text}"
    return found[0]


def position(job, text):
    return steps(job).index(step_with(job, text))


def wait_for(job):
    """All jobs of the release that must succeed before this one begins."""
    direct = RELEASE[job].get("needs", [])
    direct = {direct} if isinstance(direct, str) else set(direct)
    return direct.union(*(wait_for(other) for other in direct))


class Every(unittest.TestCase):
    """Rules for every workflow."""

    def test_permissions_are_stated_and_read_only(self):
        for name, flow in WORKFLOWS.items():
            self.assertEqual(flow["permissions"], {"contents": "read"}, name)
        for name, job in jobs():
            given = dict(job.get("permissions", {}))
            given.pop("id-token", None)
            self.assertLessEqual(set(given.items()), {("contents", "read")}, name)

    def test_every_action_is_named_by_its_commit(self):
        for name, job in jobs():
            for used in uses(job):
                if not used.startswith("./"):
                    self.assertRegex(used, r"^[a-z-]+/[a-z-]+@[0-9a-f]{40}$", name)

    def test_each_action_has_one_commit_and_names_its_version(self):
        commits = {}
        for name in WORKFLOWS:
            for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
                if found := re.search(r"uses: ([a-z-]+/[a-z-]+)@(\S+)(.*)$", line):
                    self.assertRegex(found[3], r"^ # v\d+\.\d+\.\d+$", line)
                    self.assertEqual(commits.setdefault(found[1], found[2] + found[3]), found[2] + found[3], name)
        self.assertGreater(len(commits), 4)

    def test_no_checkout_leaves_its_token_behind(self):
        for name, job in jobs():
            for step in steps(job):
                if step.get("uses", "").startswith("actions/checkout@"):
                    self.assertIs(step["with"]["persist-credentials"], False, name)

    def test_no_stored_secret_is_used_or_passed_on(self):
        for name in WORKFLOWS:
            text = (FOLDER / name).read_text(encoding="utf-8")
            self.assertNotRegex(text, r"\bsecrets\b", name)

    def test_a_pull_request_never_gets_more_rights(self):
        begun = {event for flow in WORKFLOWS.values() for event in flow[True]}
        self.assertEqual(begun, {"push", "pull_request", "workflow_call", "schedule"})
        self.assertEqual([name for name, flow in WORKFLOWS.items() if "pull_request" in flow[True]], ["ci.yml"])
        self.assertNotIn("id-token", (FOLDER / "ci.yml").read_text(encoding="utf-8"))
        self.assertFalse([name for name, job in jobs() if name.startswith("ci.yml") and "environment" in job])

    def test_no_text_of_others_is_part_of_a_command(self):
        # An expression is put into the script before the shell reads it. What is not a number or ours goes through
        # `env`.
        for name, job in jobs():
            for script in runs(job):
                self.assertLessEqual(set(re.findall(r"\${{(.*?)}}", script)), {" matrix.architecture "}, name)

    def test_pip_installs_only_wheels_by_hash(self):
        found = [script for _, job in jobs() for script in runs(job) if re.search(r"\bpip\b", script)]
        self.assertTrue(found)
        for script in found:
            for line in script.splitlines():
                if re.search(r"\bpip\b", line):
                    self.assertIn("--require-hashes", line)
                    self.assertIn("--only-binary :all:", line)
                    self.assertRegex(line, r"--requirement tools/requirements/\w+\.lock\.txt")

    def test_every_job_has_a_timeout(self):
        for name, job in jobs():
            self.assertTrue("timeout-minutes" in job or "uses" in job, name)


class InReach(unittest.TestCase):
    """A job that can get a cloud token builds nothing and fetches nothing of others."""

    def test_only_the_job_that_deploys_may_ask_for_a_token(self):
        asking = [name for name, job in jobs() if "id-token" in str(job.get("permissions"))]
        self.assertEqual(asking, ["release.yml: deploy"])
        self.assertEqual(RELEASE["deploy"]["permissions"], {"contents": "read", "id-token": "write"})

    def test_only_that_job_has_credentials_and_the_environment(self):
        self.assertEqual([name for name, job in jobs() if CREDENTIALS in " ".join(uses(job))], ["release.yml: deploy"])
        self.assertEqual([name for name, job in jobs() if "environment" in job], ["release.yml: deploy"])
        self.assertEqual(RELEASE["deploy"]["environment"], "production")

    def test_the_deploying_job_builds_and_fetches_nothing(self):
        for script in runs(RELEASE["deploy"]):
            self.assertIsNone(BUILDS.search(script), script)
        for used in uses(RELEASE["deploy"]):
            self.assertNotRegex(used, "cache|toolchain|setup-node")

    def test_building_commands_are_detected(self):
        for script in (
            "cargo build",
            "python -m pip install x",
            "npm ci",
            "sam build",
            "sam validate --lint",
            "scripts/test",
            "rustup target add x",
            "scripts/deploy --build x",
            "scripts/deploy --install-tools",
            "curl https://e | sh",
        ):
            self.assertIsNotNone(BUILDS.search(script), script)
        self.assertIsNone(
            BUILDS.search("scripts/deploy --stage prod --from release.tar.gz && .venv/sam/bin/sam --version")
        )

    def test_no_cache_gets_into_a_deployed_build(self):
        for name in ("build", "deploy"):
            for step in steps(RELEASE[name]):
                self.assertNotIn("actions/cache", step.get("uses", ""))
                self.assertNotIn("cache", step.get("with", {}))

    def test_the_building_job_has_no_rights(self):
        self.assertEqual(RELEASE["build"]["permissions"], {"contents": "read"})
        self.assertNotIn("environment", RELEASE["build"])
        self.assertNotIn("vars.", str(RELEASE["build"]))


class Release(unittest.TestCase):
    """What a release of a tag has to pass."""

    def test_a_release_needs_its_tag_on_main(self):
        for name in RELEASE:
            if name != "gate":
                self.assertIn("gate", wait_for(name))
        self.assertEqual(step_with(RELEASE["gate"], "actions/checkout@")["with"]["fetch-depth"], 0)
        self.assertIn(
            'git merge-base --is-ancestor "$GITHUB_SHA" origin/main', step_with(RELEASE["gate"], "merge-base")["run"]
        )

    def test_all_checks_pass_before_a_deploy(self):
        self.assertEqual(RELEASE["checks"]["uses"], "./.github/workflows/ci.yml")
        self.assertEqual(RELEASE["checks"]["permissions"], {"contents": "read"})
        self.assertEqual(wait_for("deploy"), {"gate", "checks", "build"})
        # A condition such as always() would run a job whatever became of those before it.
        for name, job in RELEASE.items():
            self.assertNotIn("if", job, name)
            self.assertNotIn("continue-on-error", str(job), name)

    def test_deploys_run_one_after_another_and_none_is_cancelled(self):
        self.assertEqual(
            RELEASE["deploy"]["concurrency"], {"group": "release", "cancel-in-progress": False, "queue": "max"}
        )

    def test_a_release_waiting_for_review_does_not_block_others(self):
        self.assertNotIn("concurrency", WORKFLOWS["release.yml"])
        self.assertEqual([name for name, job in RELEASE.items() if "concurrency" in job], ["deploy"])
        # Called by a release it counts there, so the group must be the tag's own.
        self.assertIn("github.ref", WORKFLOWS["ci.yml"]["concurrency"]["group"])

    def test_artifacts_are_kept_as_long_as_a_run_may_wait(self):
        self.assertGreaterEqual(
            step_with(RELEASE["build"], "upload-artifact@")["with"]["retention-days"], LONGEST_RUN_DAYS
        )

    def test_the_deployed_artifact_is_the_built_one(self):
        build, deploy = RELEASE["build"], RELEASE["deploy"]
        sent, got = step_with(build, "upload-artifact@")["with"], step_with(deploy, "download-artifact@")["with"]
        self.assertEqual(sent["name"], got["name"])
        self.assertEqual(sent["if-no-files-found"], "error")
        files = sent["path"].split()
        check = step_with(deploy, "sha256sum --check --strict")
        for file in files:
            word = file.removesuffix(".tar.gz").upper()
            self.assertIn(f'"${word}" {file}', check["run"])
            [name] = re.findall(r"needs\.build\.outputs\.([\w-]+)", check["env"][word])
            [step, output] = re.findall(r"steps\.(\w+)\.outputs\.([\w-]+)", build["outputs"][name])[0]
            digest = next(found for found in steps(build) if found.get("id") == step)
            self.assertRegex(digest["run"], rf"echo \"{output}=\$\(sha256sum {re.escape(file)} ")
            self.assertLess(steps(build).index(digest), position(build, "upload-artifact@"))
        # Compared before it is unpacked, and unpacked and tried before there is a credential.
        self.assertLess(position(deploy, "download-artifact@"), position(deploy, "sha256sum --check --strict"))
        self.assertLess(position(deploy, "sha256sum --check --strict"), position(deploy, "tar --extract"))
        self.assertLess(position(deploy, "tar --extract"), position(deploy, CREDENTIALS))
        self.assertLess(position(deploy, CREDENTIALS), position(deploy, "scripts/deploy"))

    def test_the_tools_come_from_the_build_and_are_not_installed_again(self):
        build, deploy = RELEASE["build"], RELEASE["deploy"]
        self.assertIn("tar --create", step_with(build, ".venv/sam")["run"])
        self.assertLess(position(build, "--build release.tar.gz"), position(build, ".venv/sam"))
        check = step_with(deploy, "tar --extract")["run"]
        self.assertIn("python3 tools run.tools sam", check)
        # A tool environment is bound to its place and to its Python.
        self.assertEqual(build["runs-on"], deploy["runs-on"])
        self.assertEqual(
            step_with(build, "setup-python@")["uses"], step_with(deploy, "setup-python@")["uses"]
        )
        self.assertEqual(
            step_with(deploy, "setup-python@")["with"], {"python-version": "${{ needs.build.outputs.python }}"}
        )
        self.assertEqual(
            build["outputs"]["python"],
            f"${{{{ steps.{step_with(build, 'setup-python@')['id']}.outputs.python-version }}}}",
        )

    def test_the_same_stage_is_built_and_deployed(self):
        choice = "if [ -f config.prod.json ]; then set -- --stage prod; fi"
        build = step_with(RELEASE["build"], "--build release.tar.gz")["run"]
        deploy = step_with(RELEASE["deploy"], "--from release.tar.gz")["run"]
        for script in (build, deploy):
            self.assertIn(choice, script)
            self.assertIn('scripts/deploy "$@"', script)
        # The smoke test is part of it.
        self.assertNotIn("--no-smoke", deploy)

    def test_a_rollout_that_cannot_finish_is_refused_in_the_build(self):
        [minutes] = re.findall(r"--within (\d+) --build", step_with(RELEASE["build"], "--build release.tar.gz")["run"])
        deploy = RELEASE["deploy"]
        session = int(step_with(deploy, CREDENTIALS)["with"]["role-duration-seconds"]) / 60
        self.assertLessEqual(int(minutes), min(deploy["timeout-minutes"], session) - MARGIN_MINUTES)
        # The session outlives the job, whatever comes before it.
        self.assertGreaterEqual(session, deploy["timeout-minutes"])
        # docs/operations.md gives the role a longest session of two hours.
        self.assertLessEqual(session, 120)


class Scripts(unittest.TestCase):
    """The refusing steps, run as GitHub runs them: with bash, which stops at the first failure."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def run_step(self, step, **env):
        argv = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root), **env}
        return subprocess.run(argv, cwd=self.root, env=env, capture_output=True, text=True, check=False)

    def git(self, *arguments):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
        answer = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, capture_output=True, text=True, check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_NOSYSTEM": "1"},
        )
        return answer.stdout.strip()

    def commit(self, message):
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_only_a_tag_on_main_is_accepted(self):
        self.git("init", "--quiet")
        old, newest = self.commit("old"), self.commit("newest")
        self.git("update-ref", "refs/remotes/origin/main", newest)
        self.git("checkout", "--quiet", "-b", "beside", old)
        beside = self.commit("beside")
        step = step_with(RELEASE["gate"], "merge-base")
        for commit, passes in ((old, True), (newest, True), (beside, False)):
            answer = self.run_step(step, GITHUB_SHA=commit, GITHUB_REF_NAME="v1.2.3")
            self.assertEqual(answer.returncode == 0, passes, answer.stderr)
            self.assertEqual("v1.2.3 is not on main" in answer.stdout, not passes)

    def deployed_with(self, **env):
        """The arguments that scripts/deploy gets from the deploying step, and the step's output."""
        program = self.root / "scripts" / "deploy"
        program.parent.mkdir(exist_ok=True)
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > words\n', encoding="utf-8")
        program.chmod(0o755)
        answer = self.run_step(step_with(RELEASE["deploy"], "--from release.tar.gz"), **env)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return (self.root / "words").read_text(encoding="utf-8").split("\n")[:-1], answer.stdout

    def test_consent_to_a_replacement_is_for_one_tag(self):
        self.assertEqual(
            step_with(RELEASE["deploy"], "--from release.tar.gz")["env"],
            {"ACCEPT_REPLACEMENT": "${{ vars.ACCEPT_REPLACEMENT }}"},
        )
        plain = ["--from", "release.tar.gz"]
        words, said = self.deployed_with(GITHUB_REF_NAME="v1.2.3", ACCEPT_REPLACEMENT="v1.2.3")
        self.assertEqual((words, "v1.2.3" in said), (["--accept-replacement", *plain], True))
        for given in ("", "v1.2.30", "v1.2", "v*", "true", "v1.2.3 v1.2.4", "--accept-replacement", "x = x -o v1.2.3"):
            words, said = self.deployed_with(GITHUB_REF_NAME="v1.2.3", ACCEPT_REPLACEMENT=given)
            self.assertEqual(words, plain, given)
            self.assertEqual("holds for" in said, given != "", said)
        (self.root / "config.prod.json").touch()
        words, _ = self.deployed_with(GITHUB_REF_NAME="v1.2.3", ACCEPT_REPLACEMENT="v1.2.3")
        self.assertEqual(words, ["--stage", "prod", "--accept-replacement", *plain])
        self.assertTrue(parse(words).consents)

    def test_only_files_of_the_build_are_unpacked(self):
        for name in ("release", "tools"):
            (self.root / f"{name}.tar.gz").write_text(name)
        (self.root / "output").touch()
        digests = step_with(RELEASE["build"], "GITHUB_OUTPUT")
        self.assertEqual(self.run_step(digests, GITHUB_OUTPUT=str(self.root / "output")).returncode, 0)
        outputs = dict(line.split("=") for line in (self.root / "output").read_text().splitlines())
        check = step_with(RELEASE["deploy"], "sha256sum --check")
        env = {word: outputs[re.findall(r"outputs\.(\w+)", value)[0]] for word, value in check["env"].items()}
        self.assertEqual(self.run_step(check, **env).returncode, 0)
        for word in env:
            self.assertNotEqual(self.run_step(check, **{**env, word: ""}).returncode, 0, f"without {word}")
            file = self.root / f"{word.lower()}.tar.gz"
            before = file.read_text()
            file.write_text("another")
            self.assertNotEqual(self.run_step(check, **env).returncode, 0, f"with another {file.name}")
            file.write_text(before)


class Ready(unittest.TestCase):
    """`tools.py NAME` says whether the tools are installed, and installs nothing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.tools = tools.Tools(self.root)
        (self.root / "sam" / "bin").mkdir(parents=True)

    def make(self):
        (self.root / "sam" / "bin" / "python").touch()
        (self.root / "sam" / "stamp").write_text(self.tools.stamp("sam"), encoding="utf-8")

    def test_available_tools_are_named(self):
        self.make()
        self.assertEqual(self.tools.existing("sam"), self.root / "sam" / "bin")

    def test_missing_tools_are_refused(self):
        with self.assertRaises(Failure) as caught:
            self.tools.existing("sam")
        self.assertIn("are not there", caught.exception.render())

    def test_tools_of_another_folder_or_python_are_refused(self):
        self.make()
        with mock.patch.object(tools.sys, "version_info", (3, 99, 7)), self.assertRaises(Failure) as caught:
            self.tools.existing("sam")
        said = caught.exception.render()
        self.assertIn("python-3.99.7", said)
        self.assertIn(f"python-{'.'.join(map(str, tools.sys.version_info[:3]))}", said)


if __name__ == "__main__":
    unittest.main()
