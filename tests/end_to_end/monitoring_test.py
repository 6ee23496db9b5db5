"""The alert rules and the dashboard, against the metrics that a scan really writes.

usage: monitoring_test.py FLEETSCAN FLEET_SIMULATOR FOLDER, where scripts/setup.sh puts promtool
"""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROMTOOL = shutil.which("promtool", path=f"{os.environ['PATH']}:{sys.argv.pop(3)}")
from harness import FLEETSCAN, Fleet, Scan, Test, main  # noqa: E402

MONITORING = pathlib.Path(__file__).resolve().parents[2] / "scripts/packaging/monitoring"
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
SCENARIO = "127.0.0.0/8 healthy\n127.0.1.16/29 ssh1\n"
GRID = 24  # columns of a dashboard
SCRAPED = {"instance", "job", "severity"}  # labels that Prometheus and the rules add
# Series with their values of the first day and of the hour after it, an alert, and the labels with which it then fires.
CASES = [
    ({'fleetscan_hosts{scan="s",class="connect_timeout",state="unreachable"}': (3, 8),
      'fleetscan_hosts{scan="s",class="kex_stalled",state="unreachable"}': (1, 2),
      'fleetscan_hosts{scan="s",class="kex_closed",state="unreachable"}': (5, 5),
      'fleetscan_hosts{scan="s",class="ok_slow",state="degraded"}': (0, 9)},
     "FleetscanClassGrew", [{"class": "connect_timeout", "state": "unreachable"},
                            {"class": "kex_stalled", "state": "unreachable"}]),
    ({'fleetscan_finding_hosts{scan="s",finding="rack=b7",class="connect_timeout",cause="firewall_drop"}': (60, 60),
      'fleetscan_finding_hosts{scan="s",finding="10.0.3.0/24",class="mixed",cause=""}': (0, 4)},
     "FleetscanFinding", [{"finding": "rack=b7", "cause": "firewall_drop"}, {"finding": "10.0.3.0/24"}]),
    ({'fleetscan_hosts_planned{scan="s"}': (100, 91)}, "FleetscanFewerHosts", []),
    ({'fleetscan_hosts_planned{scan="s"}': (100, 89)}, "FleetscanFewerHosts", [{}]),
    ({'fleetscan_last_success_timestamp_seconds{scan="s"}': (0, 0)}, "FleetscanNotRun", []),  # 25 hours old
    ({'fleetscan_last_success_timestamp_seconds{scan="s"}': (-7200, -7200)}, "FleetscanNotRun", [{}]),
    ({'fleetscan_last_run_complete{scan="s"}': (1, 0), 'fleetscan_last_run_passed{scan="s"}': (1, 0)},
     "FleetscanUndecided", [{}]),
    ({'fleetscan_last_run_complete{scan="s"}': (1, 0), 'fleetscan_last_run_passed{scan="s"}': (1, 0)},
     "FleetscanGateFailed", []),
    ({'fleetscan_last_run_complete{scan="s"}': (1, 1), 'fleetscan_last_run_passed{scan="s"}': (1, 0)},
     "FleetscanGateFailed", [{}]),
    ({'fleetscan_hosts_new_failing{scan="s"}': (0, 40000)}, "FleetscanNewFailures", [{}]),  # however many hosts
    ({'fleetscan_host_keys_changed{scan="s"}': (0, 3)}, "FleetscanHostKeysChanged", [{"severity": "critical"}]),
    ({'fleetscan_vantage_up{scan="s",vantage="fra1"}': (1, 0), 'fleetscan_vantage_up{scan="s",vantage="iad1"}': (1, 1)},
     "FleetscanVantageDown", [{"vantage": "fra1"}]),
    ({'fleetscan_hosts_partial{scan="s"}': (0, 2)}, "FleetscanPartlyReachable", [{}]),
]


@functools.cache
def metrics(folder):
    """What a scan with everything that has metrics writes: a history, and two vantages. Name -> its labels."""
    ssh = folder / "ssh"
    ssh.write_text('#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n')
    ssh.chmod(0o755)
    (folder / "scenario").write_text(SCENARIO)
    with Fleet(folder / "scenario") as fleet:
        for _ in range(2):
            done = Scan("127.0.1.[1-40]", "-p", fleet.port, "--retries", "0", "--no-diagnose", "--from", "local", "--from",
                        "fra1", "--ssh", ssh, "--history", folder / "h.db", "--prometheus", folder / "metrics",
                        "--fail-if", "new > 9", env={"PATH": f"{FLEETSCAN.parent}:{os.environ['PATH']}"})
    assert done.status == 0, done.err
    found = {}
    for name, labels in re.findall(r"^(\w+)\{(.*)\} ", (folder / "metrics").read_text(), flags=re.M):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


def rules():
    """(alert, its expression, the texts that name labels), without a parser of YAML."""
    text = (MONITORING / "alerts.yml").read_text()
    blocks = re.split(r"^      - alert: ", text, flags=re.M)[1:]
    return [(block.split()[0], re.search(r"expr: (?:>-\n\s+)?(.*)", block)[1], block) for block in blocks]


def queries():
    """(panel's title, expression, legend) of every query."""
    return [(panel["title"], target["expr"], target.get("legendFormat", ""))
            for panel in DASHBOARD["panels"] for target in panel["targets"]]


class Monitoring(Test):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(prefix="fleetscan-test-")
        cls.addClassCleanup(cls.shared.cleanup)

    def assert_written(self, expression, labels):
        """Only metrics that a scan writes, and of them only labels that they have."""
        written = metrics(pathlib.Path(self.shared.name))
        names = set(re.findall(r"\bfleetscan_\w+", expression))
        self.assertTrue(names, expression)
        self.assertLessEqual(names, set(written), expression)
        has = SCRAPED.union({"le"}, *(written[name] for name in names))
        used = set(re.findall(r"[{,]\s*(\w+)=", expression))
        for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
            used |= set(re.findall(r"\w+", group))
        self.assertLessEqual(used | set(labels), has, expression)

    def promtool(self, *arguments):
        done = subprocess.run([PROMTOOL, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_the_alerts_use_what_is_written(self):
        self.assertGreater(len(rules()), 5)
        for alert, expression, text in rules():
            with self.subTest(alert):
                self.assert_written(expression, re.findall(r"\$labels\.(\w+)", text))

    def test_the_manual_lists_each_alert(self):
        page = (MONITORING.parents[2] / "docs/nightly.md").read_text()
        self.assertEqual([alert for alert, *_ in rules()], re.findall(r"^\| `(Fleetscan\w+)` \|", page, flags=re.M))

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_the_alerts(self):
        """Prometheus' own evaluation: each fires when it should, once for each trouble, and not otherwise."""
        self.promtool("check", "rules", "--lint-fatal", MONITORING / "alerts.yml")
        self.assertEqual({alert for alert, *_ in rules()}, {alert for _, alert, _ in CASES})
        self.promtool("test", "rules", self.write("cases.yml", json.dumps(self.cases(CASES))))
        series, alert, _ = CASES[-1]
        with self.assertRaises(AssertionError):  # promtool says no where it should
            self.promtool("test", "rules", self.write("cases.yml", json.dumps(self.cases([(series, alert, [])]))))

    def cases(self, cases):
        return {"rule_files": [str(MONITORING / "alerts.yml")], "evaluation_interval": "10m",
                "tests": [self.case(*case) for case in cases]}

    def case(self, series, alert, expected):
        texts = {name: text for name, _, text in rules()}
        severity = re.search(r"severity: (\w+)", texts[alert])[1]
        before_now = [{"series": name, "values": f"{before}x143 {now}x6"} for name, (before, now) in series.items()]
        checks = [f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)']
        for labels in expected:
            wanted = "".join(f',{name}="{value}"' for name, value in {"severity": severity, **labels}.items())
            checks.append(f'count(ALERTS{{alertname="{alert}",scan="s"{wanted}}})')
        values = [len(expected)] + [1] * len(expected)
        return {"interval": "10m", "input_series": before_now,
                "promql_expr_test": [{"expr": check, "eval_time": "25h", "exp_samples": [{"labels": "{}", "value": value}]}
                                     for check, value in zip(checks, values)]}

    def test_the_queries_use_what_is_written(self):
        self.assertGreater(len(queries()), 10)
        for title, expression, legend in queries():
            with self.subTest(title):
                self.assert_written(expression, re.findall(r"\{\{(\w+)\}\}", legend))
                self.assertIn('scan="$scan"', expression)

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_the_queries_are_promql(self):
        recorded = [{"record": f"query:{number}", "expr": expression.replace("$scan", "hosts.txt")}
                    for number, (_, expression, _) in enumerate(queries())]
        self.promtool("check", "rules", self.write("queries.yml", json.dumps(
            {"groups": [{"name": "dashboard", "rules": recorded}]})))

    def test_the_dashboard(self):
        """What Grafana takes for granted on import."""
        for key, kind in (("title", str), ("uid", str), ("schemaVersion", int), ("panels", list), ("templating", dict),
                          ("time", dict), ("annotations", dict)):
            self.assertIsInstance(DASHBOARD[key], kind, key)
        self.assertNotIn("id", DASHBOARD)  # Grafana gives that
        variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
        self.assertLessEqual(set(re.findall(r"\$\{?(\w+)\}?", json.dumps(DASHBOARD))), variables)
        panels = DASHBOARD["panels"]
        self.assertEqual(len(panels), len({panel["id"] for panel in panels}))
        taken = set()
        for panel in panels:
            with self.subTest(panel["title"]):
                self.assertIn(panel["type"], ("stat", "timeseries", "table"))
                self.assertTrue(panel["description"])
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], GRID)
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(cells & taken, "overlaps another panel")
                taken |= cells
                references = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(references), len(set(references)))


if __name__ == "__main__":
    main()
