#!/usr/bin/env python3
"""Holds the golden datagrams of crates/wire/PROTOCOL.md section 8 against Python's standard library.

CRC-32C, HKDF-SHA-256 and HMAC-SHA-256 are computed here from their definitions and from the page's
words alone; nothing is shared with the Rust code. Prints how much was checked, or the first thing
that is wrong and exit status 1.

    python3 v2_golden.py PROTOCOL.md
"""

import hashlib
import hmac
import json
import re
import sys

CLOSING = {"v2": ("}", "}]"), "v2-handshake": ("}}",), "v2-refused": ("}", "}]")}


def crc32c(data):
    """CRC-32C (RFC 3720, appendix B.4), bit by bit: polynomial 0x1EDC6F41 reflected."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def hkdf(key, salt, info):
    """HKDF-SHA-256 (RFC 5869) of 32 bytes: one round of its expansion."""
    extracted = hmac.new(salt, key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def blocks(page):
    """Info string and lines of each fenced block whose kind begins with v2."""
    for info, body in re.findall(r"^```(v2\S*(?: \S+)*)\n(.*?)^```$", page, re.S | re.M):
        yield info.split(" "), body.splitlines()


def keys(page):
    """The keys of the page's example, after checking those that it shows."""
    (lines,) = [lines for (kind, *_), lines in blocks(page) if kind == "v2-keys"]
    shown = {name: bytes.fromhex(value) for name, value in (line.split(" ") for line in lines)}
    psk, nonce, session = shown["psk"], shown["nonce"], shown["session"]
    assert len(psk) >= 32 and len(nonce) == len(session) == 8
    made = {
        "syn": hkdf(psk, nonce, b"syn"),
        "c2s": hkdf(psk, nonce + session, b"c2s"),
        "s2c": hkdf(psk, nonce + session, b"s2c"),
        "reset": hkdf(psk, b"reset", session),
    }
    for name, key in made.items():
        assert shown[name] == key, f"the key {name} is {key.hex()}"
    return made


def check(kind, how, datagram, keys_of):
    """The seal of one datagram, found from its end."""
    assert len(datagram.encode()) <= 1200
    closing = next(end for end in sorted(CLOSING[kind], key=len, reverse=True) if datagram.endswith(end))
    comma = datagram.rindex(",")
    signed, member = datagram[:comma].encode(), datagram[comma : len(datagram) - len(closing)]
    if how == "crc":
        expected = f', "crc": {crc32c(signed)}'
    else:
        expected = f', "mac": "{hmac.new(keys_of[how], signed, hashlib.sha256).hexdigest()[:32]}"'
    assert member == expected, f"{member}, not {expected}, closes {datagram}"
    if kind != "v2-refused":
        json.loads(datagram)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    assert crc32c(b"123456789") == 0xE3069283 == 3808858755 and "3808858755" in page
    keys_of, counts = keys(page), {}
    for (kind, *rest), lines in blocks(page):
        for line in lines if kind in CLOSING else []:
            how = rest[0] if rest else "crc"
            check(kind, how, line.split(": ", 1)[1] if kind == "v2-refused" else line, keys_of)
            counts[how] = counts.get(how, 0) + 1
    assert set(counts) == {"crc", *keys_of}, counts
    print(" ".join(f"{how}={count}" for how, count in sorted(counts.items())))


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, ValueError, StopIteration) as error:
        sys.exit(f"v2_golden: {error!r}")
