"""What the oracle drivers share: a seed, the answering program, a comparison that counts."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def arguments(default_cases=500):
    parser = argparse.ArgumentParser()
    parser.add_argument("answer", help="the inventory_answer executable")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=default_cases)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.cases} cases")
    return options, random.Random(options.seed)


def run_under_interpreter_of(command, package):
    """Starts this driver again with the Python that `command` runs under: it has the libraries."""
    path = shutil.which(command)
    if not path:
        skip(f"{command} is not installed (package {package})")
    interpreter = open(path).readline().removeprefix("#!").strip()
    if interpreter.endswith("python3") and os.environ.get("ORACLE_PYTHON") != interpreter:
        os.environ["ORACLE_PYTHON"] = interpreter
        os.execv(interpreter, [interpreter] + sys.argv)


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def ask(options, questions):
    """One answer for each question, a list of fields."""
    text = "".join("\t".join(fields) + "\n" for fields in questions)
    output = subprocess.run([options.answer], input=text, capture_output=True, text=True, check=True).stdout
    answers = [json.loads(line) for line in output.splitlines()]
    assert len(answers) == len(questions)
    return answers


class Comparison:
    def __init__(self):
        self.same = self.refused = 0
        self.different = []

    def check(self, what, ours, theirs):
        """`theirs` is None where the oracle refuses; then we must refuse as well."""
        if ours == theirs:
            self.same += 1
            self.refused += ours is None
        else:
            self.different.append(f"{what}\n  ours:   {ours}\n  theirs: {theirs}")

    def finish(self, at_least):
        for text in self.different[:10]:
            print(text)
        print(f"{self.same} agree ({self.refused} of them refused by both), {len(self.different)} differ")
        sys.exit(1 if self.different or self.same - self.refused < at_least else 0)
