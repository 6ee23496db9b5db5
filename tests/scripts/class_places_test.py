#!/usr/bin/env python3
"""A new class touches at most five places: no other file may list the classes."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parents[2]
ROOMS = [line.split()[0] for line in (ROOT / "scripts/rooms.txt").read_text().splitlines()
         if re.match(r"[a-z]", line)]
SOURCES = {".cc", ".h", ".yaml", ".json", ".js", ".css", ".html"}

# As CONTRIBUTING has them. A header and its source are one place.
TABLES = {"scanner/probe/outcome", "scanner/diagnosis/suspects", "scanner/diagnosis/sighting", "docs/classes"}
RULES = "scanner/probe/classify"  # the network's own classes are not made there
CLUES = "scanner/diagnosis/clues"  # people's words lead to many classes, but need not lead to each


def classes():
    body = re.search(r"enum class Outcome[^{]*\{(.*?)\};", (ROOT / "scanner/probe/outcome.h").read_text(), re.S)[1]
    return set(re.findall(r"\b[a-z]\w*", re.sub(r"//.*", "", body)))


def places():
    """File without its suffix -> the words in it, over the product's sources and the pages for users."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in SOURCES]
    files += [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "scripts").rglob("*.scd")]
    words = {}
    for path in files:
        place = str(path.relative_to(ROOT).with_suffix(""))
        words.setdefault(place, set()).update(re.findall(r"\w+", path.read_text(errors="replace")))
    return words


class ClassPlaces(unittest.TestCase):
    def setUp(self):
        self.classes = classes()
        self.places = places()

    def test_the_enumeration_was_read(self):
        self.assertIn("ok", self.classes)
        self.assertIn("kexinit_no_common", self.classes)
        self.assertGreater(len(self.classes), 40)

    def test_the_tables_name_every_class(self):
        for table in sorted(TABLES):
            with self.subTest(table):
                self.assertFalse(self.classes - self.places[table])

    def test_nothing_else_lists_the_classes(self):
        most = 0.8 * len(self.classes)
        lists = {place for place, words in self.places.items() if len(words & self.classes) > most} - {CLUES}
        self.assertEqual(lists, TABLES | {RULES})
        self.assertLessEqual(len(lists), 5)


if __name__ == "__main__":
    unittest.main()
