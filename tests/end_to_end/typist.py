"""Types into a program on a terminal of its own, as a person does."""

import os
import pty
import select
import subprocess
import time

SECONDS = 30


def type_into(command, keys, prompt, **options):
    """Waits for the prompt, types, and reads until the program has gone.

    Returns all that the terminal showed. options: of subprocess.Popen."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal,
                               start_new_session=True, **options)
    os.close(terminal)
    shown, typed, deadline = b"", False, time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096)
            if prompt.encode() in shown and not typed:
                typed = os.write(master, keys.encode()) > 0
    except OSError:  # the program has left its terminal
        pass
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return shown.decode(errors="replace")
