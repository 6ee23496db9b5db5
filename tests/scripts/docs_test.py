#!/usr/bin/env python3
"""docs/results-format.md against its own example, the golden records and the published schema."""

import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs/results-format.md").read_text()
SCHEMAS = ROOT / "reports/records/schema"
RESULT = json.loads((SCHEMAS / "result.schema.json").read_text())
REPORT = json.loads((SCHEMAS / "report.schema.json").read_text())

MAPS = {"labels", "options", "counts"}  # whose keys are the user's, or classes


def documented(page):
    """Heading -> [(key, whether it is optional)], in the order of the table below that heading."""
    tables = {}
    for heading, body in re.findall(r"^##+ `([\w.]+)`\n(.*?)(?=^##|\Z)", page, flags=re.M | re.S):
        rows = re.findall(r"^\| (`.+?) \| (.*?) \|", body, flags=re.M)
        tables[heading] = [(key, "optional" in kind) for keys, kind in rows
                           for key in re.findall(r"`(\w+)`", keys)]
    return tables


def fault(value, name, tables):
    """What is wrong with the keys of the object of that name, or of one inside it; None if nothing is."""
    if isinstance(value, list):
        return next(filter(None, (fault(item, name, tables) for item in value)), None)
    if not isinstance(value, dict) or name in MAPS:
        return None
    if name not in tables:
        return f"`{name}` has no table"
    expected = [key for key, optional in tables[name] if key in value or not optional]
    if list(value) != expected:
        return f"`{name}` has {list(value)}, documented are {expected}"
    return next(filter(None, (fault(inner, key, tables) for key, inner in value.items())), None)


def properties(schema):
    """Name -> schema, for the members of an object, whichever way the schema refers to it."""
    if "$ref" in schema:
        return properties(RESULT["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []) + schema.get("anyOf", []):
        found |= properties(part)
    return found or properties(schema["items"]) if "items" in schema else found


def objects(name, schema):
    """Every object with members of its own that occurs in a record, as (name, its keys)."""
    members = properties(schema)
    if members and name not in MAPS:
        yield name, set(members)
        for key, inner in members.items():
            yield from objects(key, inner)


class ResultsFormat(unittest.TestCase):
    def setUp(self):
        self.tables = documented(PAGE)
        example = re.search(r"^```jsonl\n(.*?)^```", PAGE, flags=re.M | re.S)
        self.lines = [json.loads(line) for line in example[1].splitlines()]

    def test_the_example_is_a_whole_file(self):
        kinds = [line["type"] for line in self.lines]
        self.assertEqual(kinds, ["run", *["host"] * self.lines[0]["inventory"]["targets"], "diagnosis", "end"])

    def test_the_example_has_the_documented_keys_in_order(self):
        for line in self.lines:
            self.assertIsNone(fault(line, line["type"], self.tables))

    def test_golden_records_have_the_documented_keys_in_order(self):
        for line in (ROOT / "tests/golden/results.jsonl").read_text().splitlines():
            record = json.loads(line)
            self.assertIsNone(fault(record, record["type"], self.tables))

    def test_tables_and_schema_name_the_same_keys(self):
        for kind in ("run", "host", "target", "diagnosis", "end"):
            for name, keys in objects(kind, RESULT["$defs"][kind]):
                with self.subTest(record=kind, object=name):
                    self.assertEqual({key for key, _ in self.tables[name]}, keys)

    def test_the_outline_of_report_json_is_complete_and_in_order(self):
        self.assertEqual([key for key, _ in self.tables["report.json"]], list(REPORT["properties"]))

    def test_a_wrong_example_is_found(self):
        run = self.lines[0]
        for wrong in ({**run, "surprise": 1}, dict(reversed(run.items())),
                      {**run, "inventory": {"sources": []}}):
            self.assertIsNotNone(fault(wrong, "run", self.tables))


if __name__ == "__main__":
    unittest.main()
