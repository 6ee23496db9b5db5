"""What stands on a terminal, from 40 columns up: nothing is wider than it, and nothing is lost."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

SCENARIO = "127.1.0.0/16 close\n127.2.0.0/16 healthy profile=openssh-5.3 hostkey=rsa\n127.3.0.0/16 throttled\n"


def on_terminal(columns, *arguments):
    """The lines that a terminal of so many columns gets."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen([FLEETSCAN, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=terminal,
                          stderr=subprocess.DEVNULL, env={**clean_environment(), "NO_COLOR": "1"}):
        os.close(terminal)
        shown = b""
        try:
            while more := os.read(master, 65536):
                shown += more
        except OSError:  # the program has left its terminal
            pass
    os.close(master)
    return shown.decode().replace("\r\n", "\n").split("\n")


class Terminal(Test):
    def setUp(self):
        super().setUp()
        self.runs = []
        with Fleet(self.write("s", SCENARIO)) as fleet:
            for targets in (("127.1.0.0/29", "127.2.0.0/29"), ("127.2.0.0/29", "127.3.0.0/29")):
                self.runs.append(self.folder / f"a_rather_long_name_of_results_{len(self.runs)}.jsonl")
                Scan(*targets, "-p", fleet.port, "--retries", "0", "--patience", "0", "--jsonl", self.runs[-1])

    def commands(self):
        return (("report", self.runs[0]), ("compare", *self.runs), ("forecast", self.runs[0]), ("explain",),
                ("explain", "banner_throttled"), ("--help",), ("-h",), ("report", "--help"))

    def test_no_line_is_wider(self):
        for columns in (40, 60, 80, 120):
            for command in self.commands():
                with self.subTest(columns=columns, command=command):
                    lines = on_terminal(columns, *command)
                    self.assertGreater(len(lines), 3)
                    self.assertEqual([], [line for line in lines if len(line) > columns])

    def test_no_word_is_lost(self):
        """Elsewhere nothing is wrapped; the summary tells more there."""
        for command in self.commands()[1:3] + self.commands()[5:]:
            with self.subTest(command=command):
                told = "".join(Scan(*command).out.split())
                for columns in (40, 60, 80):
                    self.assertEqual(told, "".join("".join(on_terminal(columns, *command)).split()))


if __name__ == "__main__":
    main()
