"""A stranger on the local network, from the standard library: hears a multicast group, or talks to it.

Usage: multicast_peer.py hear GROUP PORT INTERFACE COUNT  (prints "ready", then each datagram, a line each)
       multicast_peer.py talk GROUP PORT INTERFACE        (sends each line of standard input as it is)
"""

import socket
import sys


def hear(group, port, interface, count):
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    heard.bind((group, port))
    heard.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(interface)
    )
    heard.settimeout(30)
    print("ready", flush=True)
    for _ in range(count):
        print(heard.recv(2048).decode("utf-8"), flush=True)


def talk(group, port, interface):
    talker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    talker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    talker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
    for line in sys.stdin.buffer:
        talker.sendto(line.rstrip(b"\n"), (group, port))


if __name__ == "__main__":
    what, where = sys.argv[1], (sys.argv[2], int(sys.argv[3]), sys.argv[4])
    if what == "hear":
        hear(*where, int(sys.argv[5]))
    else:
        talk(*where)
