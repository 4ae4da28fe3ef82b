"""The v1 packet (PROTOCOL §1-2): how it is built, read and summed; used by v1_server.py and v1_client.py."""

import json

DATAGRAM_LIMIT = 1024
"""Bytes that a v1 peer reads of a datagram; the rest is cut off."""


def new_packet(dados=None, **members):
    """The eight members in the order in which v1 writes them; `members` replace the defaults."""
    packet = {
        "dados": dados,
        "SYN": False,
        "ACK": False,
        "FIN": False,
        "ack": 0,
        "seq": 0,
        "proxSeq": 0,
        "checksum": None,
    }
    unknown = set(members) - set(packet)
    if unknown:
        raise TypeError("not members of a v1 packet: %s" % sorted(unknown))
    packet.update(members)
    return packet


def encode(packet):
    """The bytes of the datagram."""
    return json.dumps(packet).encode("utf-8")


def decode(datagram):
    """Whatever JSON the datagram holds: v1 does not check that it is a packet."""
    return json.loads(datagram.decode("utf-8"))


def packet_checksum(packet):
    """The sum over the packet without its `checksum` member."""
    return lrc(json.dumps({name: value for name, value in packet.items() if name != "checksum"}))


def lrc(text):
    """Longitudinal redundancy check (ISO 1155) of an ASCII text, 0..255."""
    return -sum(text.encode("ascii")) % 256
