"""A program in a pseudo-terminal: what it prints is waited for, then something is typed.

Usage: pty_dialogue.py PROGRAM ARGUMENT... ; on standard input a JSON list of [expected, typed] pairs.
Prints all that the program printed, and ends with its exit code; 99 where something expected did not
come within 20 s.
"""

import json
import os
import pty
import select
import sys
import time

PATIENCE_S = 20


def read_until(master, expected, printed):
    """Reads until `expected` comes after what was matched before; returns what is left unmatched."""
    deadline = time.monotonic() + PATIENCE_S
    while expected is None or expected not in printed["new"]:
        ready, _, _ = select.select([master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if not data:
            return expected is None
        text = data.decode("utf-8", "replace")
        printed["all"] += text
        printed["new"] += text
    printed["new"] = printed["new"].split(expected, 1)[1]
    return True


def main():
    steps = json.load(sys.stdin)
    child, master = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.argv[1], sys.argv[1:])
    printed = {"all": "", "new": ""}
    for expected, typed in steps:
        if not read_until(master, expected, printed):
            print(printed["all"])
            print(f"did not print {expected!r}", file=sys.stderr)
            os.kill(child, 9)
            os.waitpid(child, 0)
            return 99
        os.write(master, typed.encode())
    ended = read_until(master, None, printed)
    print(printed["all"])
    if not ended:
        os.kill(child, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if ended else 99


if __name__ == "__main__":
    sys.exit(main())
