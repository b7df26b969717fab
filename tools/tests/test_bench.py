"""Tests how scripts/bench reads, evaluates and shows measurements. The tests measure nothing."""

import io
import json
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

from stack.bench import functions, gateway, goals, peers, plot, report
from stack.bench import main as bench
from stack.bench.functions import AUTHORIZER, HELLO, NODE, WITHOUT_FETCH
from stack.bench.goals import Goal, Results
from stack.run.failure import Failure
from stack.run.progress import Progress, Skipped


def measured(init, first, p50, peak_memory=6e6):
    return {"init": init, "first": first, "p50": p50, "p99": 2 * p50, "cpu": p50 / 2, "peak_memory": peak_memory}


def results(**more):
    values = {
        "verification": {
            "raw limit": [16.0, 18.0],
            "full check": [17.0, 19.0],
            "aws-jwt-verify": [42.0, 44.0],
            "parse alone": [1.5, 1.6],
        },
        "growth": {"rules": {1: 20.0, 100: 30.0, 500: 70.0}, "keys": {2: 20.0, 50: 20.0}},
        "processes": {
            HELLO: [measured(1300, 160, 67), measured(1400, 170, 70)],
            AUTHORIZER: [measured(2000, 150, 110), measured(2200, 160, 112)],
            WITHOUT_FETCH: [measured(1700, 150, 110), measured(1800, 160, 112)],
            "auth": [measured(2200, 150, 110), measured(2300, 160, 112)],
            "orders": [measured(2200, 150, 110), measured(2300, 160, 112)],
            "whoami": [measured(1500, 150, 110), measured(1600, 160, 112)],
            NODE: [measured(60_000, 7000, 370), measured(61_000, 7000, 380)],
        },
        "binaries": {
            HELLO: 1_000_000,
            AUTHORIZER: 5_900_000,
            "auth": 9_000_000,
            "orders": 9_000_000,
            "whoami": 2_000_000,
        },
    }
    return Results(**{**values, **more})


class GoalsTest(unittest.TestCase):
    def test_a_slow_round_does_not_change_a_ratio(self):
        self.assertEqual(goals.ratio([2, 20, 4], [1, 10, 2]), 2)

    def test_a_disturbance_in_one_round_does_not_change_the_figures(self):
        disturbed = results()
        disturbed.processes[HELLO] = [measured(1000, 100, 50), measured(9000, 900, 500), measured(1000, 100, 50)]
        disturbed.processes[AUTHORIZER] = [measured(1500, 120, 80)] * 3
        for name, expected in [("init", 1.5), ("first", 1.2), ("p50", 1.6)]:
            self.assertEqual(goals.process_ratio(disturbed, name, AUTHORIZER, HELLO), expected, name)

    def test_a_goal_is_a_limit_in_one_direction(self):
        for measured_ratio, is_least, met, met_with_tolerance in [
            (0.91, True, True, True), (0.89, True, False, True), (0.80, True, False, False),
            (0.89, False, True, True), (0.98, False, False, True), (1.00, False, False, False),
        ]:
            goal = Goal("x", measured_ratio, 0.90, is_least)
            self.assertEqual((goal.is_met(), goal.is_met(0.10)), (met, met_with_tolerance), measured_ratio)

    def test_every_goal_is_evaluated(self):
        found = goals.goals(results())
        self.assertEqual(len(found), 11)
        self.assertTrue(all(goal.is_met() for goal in found), [goal for goal in found if not goal.is_met()])

    def test_without_node_only_its_goals_are_left_out(self):
        full = results()
        less = results(
            processes={name: rounds for name, rounds in full.processes.items() if name != NODE},
            verification={name: times for name, times in full.verification.items() if name != "aws-jwt-verify"},
        )
        self.assertEqual(len(goals.goals(less)), 8)

    def test_a_check_fails_only_beyond_the_noise(self):
        for size, code in [(6_400_000, 0), (7_000_000, 0), (7_200_000, 1)]:
            output = io.StringIO()
            changed = results(binaries={**results().binaries, AUTHORIZER: size})
            self.assertEqual(bench.conclude(changed, Progress(output)), code)
            self.assertEqual("MISSED  authorizer, size" in output.getvalue(), bool(code))


class ReportTest(unittest.TestCase):
    def test_the_tables_show_medians_and_ratios(self):
        shown = report.render(results(), "On a machine.")
        self.assertRegex(shown, r"\| full check +\| +18\.0 \| +17\.0 \| +1\.06 \|")
        self.assertRegex(shown, r"\| authorizer +\| +2\.10 \| +1\.55 \|")
        self.assertRegex(shown, r"\| rules +\| +1 \| 20\.0 \| 500 \| 70\.0 \| +100 \|")
        self.assertIn(">= 0.90 x", shown)

    def test_all_lines_of_a_table_have_the_same_width(self):
        for table in report.render(results(), "").split("\n\n"):
            widths = {len(line) for line in table.splitlines() if line.startswith("|")}
            self.assertLessEqual(len(widths), 1, table)

    def test_both_rows_of_one_program_show_its_size(self):
        table = report.process_table(results())
        sizes = {row[0]: row[-1] for row in table}
        self.assertEqual((sizes[AUTHORIZER], sizes[WITHOUT_FETCH], sizes[NODE]), ("5.90", "5.90", ""))

    def test_only_the_text_between_the_marks_is_replaced(self):
        page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
        self.assertEqual(report.insert(page, "new\n"), f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n")
        self.assertEqual(report.insert(report.insert(page, "new\n"), "new\n"), report.insert(page, "new\n"))
        with self.assertRaises(Failure):
            report.insert("no marks", "new")

    def test_the_page_in_the_repository_has_the_marks(self):
        report.insert(bench.PAGE.read_text(encoding="utf-8"), "new")

    def test_the_picture_is_well_formed_and_inside_its_frame(self):
        picture = ElementTree.fromstring(plot.render(results()))
        _, _, width, height = map(float, picture.get("viewBox").split())
        for text in picture.iter("{http://www.w3.org/2000/svg}text"):
            self.assertTrue(0 <= float(text.get("x")) <= width and 0 <= float(text.get("y")) <= height, text.text)
        self.assertNotIn("parse alone", "".join(picture.itertext()))


class ReadingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def criterion(self, group, function, value, nanoseconds):
        folder = self.folder / group / (value or function) / "new"
        folder.mkdir(parents=True)
        (folder / "benchmark.json").write_text(json.dumps({
            "group_id": group, "function_id": function, "value_str": value
        }))
        (folder / "estimates.json").write_text(json.dumps({"median": {"point_estimate": nanoseconds}}))

    def test_criterion_medians_are_read_in_microseconds(self):
        self.criterion("verification", "full check", None, 17_000.0)
        self.criterion("growth in rules", None, "500", 70_000.0)
        self.criterion("growth in rules", None, "1", 20_000.0)
        self.assertEqual(bench.read_verification(self.folder), {"full check": 17.0})
        self.assertEqual(list(bench.read_growth(self.folder)["rules"].items()), [(1, 20.0), (500, 70.0)])

    def test_a_copied_program_is_executable_and_independent(self):
        source, target = self.folder / "source", self.folder / "target"
        source.write_bytes(b"#!/bin/sh\n")
        source.chmod(0o755)
        target.write_bytes(b"old")
        bench.copied(source, target)
        source.write_bytes(b"built again")
        self.assertEqual((target.read_bytes(), target.stat().st_mode & 0o777), (b"#!/bin/sh\n", 0o755))

    def test_the_env_file_of_a_stack_is_read(self):
        file = self.folder / "env"
        file.write_text("API_URL=http://127.0.0.1:1/v1\nPASSWORD='a b=c'\nexport API_URL PASSWORD\nunset AWS_PROFILE\n")
        self.assertEqual(gateway.read_env(file), {"API_URL": "http://127.0.0.1:1/v1", "PASSWORD": "a b=c"})

    def test_the_load_is_reported_in_one_line(self):
        line = gateway.render([0.01 * n for n in range(1, 101)], 10.0)
        self.assertRegex(line, r"^10 requests a second over 4 connections; p50 5\d\d\.\d ms, p99 9\d\d\.\d ms\n$")


class Gateway(BaseHTTPRequestHandler):
    """A gateway that accepts the token and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200 if self.headers["Authorization"] == "Bearer good" else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class LoadTest(unittest.TestCase):
    def setUp(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}/v1/whoami"

    def test_every_request_is_timed(self):
        taken, seconds = gateway.load(self.url, "good", 0.2)
        self.assertGreater(len(taken), gateway.CONNECTIONS)
        self.assertTrue(all(0 < one < seconds for one in taken))

    def test_an_unexpected_response_ends_the_load(self):
        with self.assertRaisesRegex(Failure, "answered 401"):
            gateway.load(self.url, "bad", 5.0)


class FunctionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def plan(self, others):
        sample = {"pool": "us-east-1_a", "clientId": "web", "jwks": {"keys": []}, "tokens": ["a.b.c", "d.e.f"]}
        programs = {name: Path("/bin") / name for name in ("hello", *functions.PACKAGES)}
        setting = functions.Setting(bench.ROOT, programs, others, sample, self.folder)
        return {one["name"]: one for one in functions.plan(setting, 3, 10)["functions"]}

    def test_hello_both_gates_and_every_service_are_started(self):
        services = [service.name for service in functions.SERVICES]
        self.assertEqual(list(self.plan({})), [HELLO, AUTHORIZER, WITHOUT_FETCH, *services])

    def test_programs_are_unpacked_and_the_copies_never_run(self):
        for name, one in self.plan({}).items():
            program = "hello" if name == HELLO else report.program_of(name)
            self.assertEqual(one["unpacked_from"], f"/bin/{program}")
            self.assertEqual(one["command"], [str(self.folder / "run" / program)])

    def test_every_service_of_the_repository_is_measured(self):
        folders = {file.parent.parent.name for file in bench.ROOT.glob("services/*/src/main.rs")}
        # Nobody waits for what it does.
        folders -= {"error-reporter"}
        self.assertEqual({service.name for service in functions.SERVICES}, folders)

    def test_the_gate_and_its_peers_get_the_same_events(self):
        plan = self.plan({"node": peers.Peer(Path("/bin/node"), Path("/peers"), ".js")})
        self.assertEqual(plan[NODE]["command"], ["/bin/node", "/peers/authorizer.js"])
        self.assertIsNone(plan[NODE]["unpacked_from"])
        same = {plan[name]["events"] for name in (HELLO, AUTHORIZER, WITHOUT_FETCH, NODE)}
        self.assertEqual(same, {plan[NODE]["events"]})
        events = [json.loads(line) for line in Path(plan[NODE]["events"]).read_text().splitlines()]
        self.assertEqual([event["authorizationToken"] for event in events], ["Bearer a.b.c", "Bearer d.e.f"])

    def test_keys_come_only_from_the_server_or_a_file(self):
        plan = self.plan({})
        self.assertEqual(plan[AUTHORIZER]["env"]["AWS_ENDPOINT_URL"], "{key_server}")
        config = json.loads(Path(plan[WITHOUT_FETCH]["env"]["CONFIG_FILE"]).read_text())
        self.assertTrue(Path(config["authorizer"]["jwks"]["file"]).exists())

    def test_each_service_gets_a_request_for_its_own_route(self):
        for service in functions.SERVICES:
            event = json.loads(Path(self.plan({})[service.name]["events"]).read_text())
            self.assertEqual((event["path"], event["requestContext"]["path"]), (service.path, service.path))
            self.assertIn("authorizer", event["requestContext"])


class PeersTest(unittest.TestCase):
    def test_a_missing_language_is_a_note_and_no_failure(self):
        output = io.StringIO()
        absent = mock.Mock(side_effect=Skipped("node and npm are not installed"))
        with mock.patch.multiple(peers, ensure_node=absent, ensure_python=mock.Mock(return_value="python")):
            found = peers.ensure_all(bench.ROOT, {}, mock.Mock(), Progress(output))
        self.assertEqual(found, {"python": "python"})
        self.assertEqual(output.getvalue(), "skip  The peers in node: node and npm are not installed\n")

    def test_without_node_in_path_there_is_no_node_peer(self):
        with self.assertRaises(Skipped):
            peers.ensure_node(bench.ROOT, {"PATH": "/nowhere"}, mock.Mock(), mock.Mock())

    def test_every_node_package_is_pinned_by_hash(self):
        lock = json.loads((bench.ROOT / peers.NODE_FOLDER / "package-lock.json").read_text())
        packages = {name: package for name, package in lock["packages"].items() if name}
        self.assertTrue(packages and all(package["integrity"] for package in packages.values()))
        wanted = json.loads((bench.ROOT / peers.NODE_FOLDER / "package.json").read_text())["dependencies"]
        for name, version in wanted.items():
            self.assertEqual(packages[f"node_modules/{name}"]["version"], version)


if __name__ == "__main__":
    unittest.main()
