"""The oracle for v1 checksums: for each line of stdin the LRC of its `json.dumps` and that text; the sum is in v1_packet.py."""

import json
import sys

from v1_packet import lrc


def main():
    for line in sys.stdin.buffer:
        print(describe(line.rstrip(b"\n")), flush=True)


def describe(line):
    """`<sum><tab><text>`, or `ERR <class>` where Python refuses the document."""
    try:
        text = json.dumps(json.loads(line.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        return "ERR %s" % type(error).__name__
    return "%d\t%s" % (lrc(text), text)


if __name__ == "__main__":
    main()
