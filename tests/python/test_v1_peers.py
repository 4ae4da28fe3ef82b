"""Tests of what the captures do not show of v1_server.py and v1_client.py; replay_check.py is the rest of the proof.

Run: python3 -m unittest discover -s <this directory>
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

from replay_check import HOST, ServerProcess, script, udp_socket
from v1_packet import decode, encode, new_packet, packet_checksum

REPORT = {"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 4000}
QUESTION = {"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 1}
ANSWER_SECONDS = 2.0
SILENCE_SECONDS = 0.5


class Peer:
    """A bare client: one socket, one session."""

    def __init__(self, server):
        self.sock = udp_socket()
        self._server = server
        self._session = None

    def __enter__(self):
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.sendto(encode(new_packet(SYN=True, proxSeq=1)), self._server)
        _, self._session = self.sock.recvfrom(1024)
        self.sock.sendto(encode(new_packet(ACK=True, ack=1, seq=1)), self._session)
        return self

    def __exit__(self, *_):
        self.sock.close()

    def ask(self, dados, seq=1, sum_off_by=0, timeout=ANSWER_SECONDS):
        packet = new_packet(dados, seq=seq, proxSeq=seq + 1)
        packet["checksum"] = (packet_checksum(packet) + sum_off_by) % 256
        return self.ask_bytes(encode(packet), timeout)

    def ask_bytes(self, datagram, timeout):
        """The answer, or None after `timeout` seconds."""
        self.sock.settimeout(timeout)
        self.sock.sendto(datagram, self._session)
        try:
            return decode(self.sock.recv(1024))
        except socket.timeout:
            return None


class ServerTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.records = os.path.join(directory.name, "records.json")
        self.log = os.path.join(directory.name, "log.jsonl")
        server = ServerProcess(self.records, "--log", self.log)
        self.addCleanup(server.__exit__)
        self.server = server.address

    def logged(self):
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_repeated_report_is_executed_and_logged_once(self):
        with Peer(self.server) as peer:
            self.assertEqual(peer.ask(REPORT), peer.ask(REPORT))
        self.assertEqual(self.logged(), [{"acao": "D", "checksum": True, "dados": REPORT}])

    def test_a_wrong_sum_is_refused_after_the_report_was_executed(self):
        with Peer(self.server) as peer:
            self.assertFalse(peer.ask(REPORT, sum_off_by=1)["ACK"])
            self.assertIn("R$ 4.000", peer.ask(QUESTION, seq=2)["dados"])
        self.assertEqual([entry["checksum"] for entry in self.logged()], [False, True])

    def test_a_low_price_of_the_past_wins_for_ever(self):
        with Peer(self.server) as peer:
            peer.ask(REPORT)
            peer.ask(dict(REPORT, valor=5000), seq=2)
            self.assertIn("R$ 4.000", peer.ask(QUESTION, seq=3)["dados"])

    def test_every_session_has_the_next_port(self):
        with Peer(self.server) as first, Peer(self.server) as second:
            self.assertEqual(first._session[1], self.server[1] + 1)
            self.assertEqual(second._session[1], self.server[1] + 2)

    def test_a_command_that_raises_silences_every_session_but_not_the_handshake(self):
        incomplete = {"acao": "D", "coordenadas": "(1;1)", "valor": 4000}
        with Peer(self.server) as witness:
            self.assertIsNotNone(witness.ask(QUESTION))
            with Peer(self.server) as culprit:
                self.assertIsNone(culprit.ask(incomplete, timeout=SILENCE_SECONDS))
            self.assertIsNone(witness.ask(QUESTION, seq=2, timeout=SILENCE_SECONDS))
            with Peer(self.server) as newcomer:
                self.assertIsNone(newcomer.ask(QUESTION, timeout=SILENCE_SECONDS))
        self.assertEqual(self.logged()[1], {"acao": "D", "checksum": True, "dados": incomplete})
        self.assertEqual(self.logged()[2]["fault"], "KeyError")

    def test_a_datagram_over_1024_bytes_is_cut_and_kills_only_its_session(self):
        with Peer(self.server) as witness, Peer(self.server) as culprit:
            long = encode(new_packet(dict(QUESTION, pedido="x" * 1024), seq=1, proxSeq=2))
            self.assertIsNone(culprit.ask_bytes(long, SILENCE_SECONDS))
            self.assertIsNotNone(witness.ask(QUESTION))
        self.assertEqual(self.logged()[0]["fault"], "JSONDecodeError")


class PortZeroTest(unittest.TestCase):
    def test_the_client_talks_with_a_server_on_any_port(self):
        with tempfile.TemporaryDirectory() as directory:
            server = subprocess.Popen(
                [sys.executable, script("v1_server.py"), "--port", "0", "--records", os.path.join(directory, "r.json")],
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            port = server.stdout.readline().strip().rpartition(":")[2]
            client = subprocess.run(
                [sys.executable, script("v1_client.py"), HOST, port],
                input="d 2 4000 1 1\np 2 1 1 1\nsair\n",
                stdout=subprocess.PIPE,
                encoding="utf-8",
                timeout=ANSWER_SECONDS * 5,
            )
            server.terminate()
            self.assertEqual(server.wait(), 0)
            server.stdout.close()
        self.assertEqual(client.returncode, 0)
        self.assertIn("Dados gravados", client.stdout)
        self.assertIn("Preço: R$ 4.000", client.stdout)


if __name__ == "__main__":
    unittest.main()
