"""A stand-in for the original 2019 server, faults included, as server.jsonl shows it; its client is v1_client.py."""

import argparse
import json
import math
import signal
import socket
import sys
import threading

from v1_packet import DATAGRAM_LIMIT, decode, encode, new_packet, packet_checksum

HOST = "127.0.0.1"
HANDSHAKE_SECONDS = 24.5
EARTH_RADIUS_KM = 6371
FUEL_NAMES = ("diesel", "álcool", "gasolina")
LAST_PORT = 65535


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    log = Log(arguments.log)
    book = Book(arguments.records, log)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, arguments.port))
        ports = SessionPorts(arguments.port)
        print("udp %s:%d" % sock.getsockname(), flush=True)
        while True:
            datagram, client = sock.recvfrom(DATAGRAM_LIMIT)
            session = Session(ports, book, log)
            threading.Thread(target=session.run, args=(datagram, client), daemon=True).start()


def parse_arguments():
    parser = argparse.ArgumentParser(description="The original server of 2019, with its faults.")
    parser.add_argument("--port", type=int, required=True, help="0: any free port, for the sessions too")
    parser.add_argument("--records", required=True, help="JSON list of records; need not exist")
    parser.add_argument("--log", help="append one JSON line per executed command, and one per thread that died")
    return parser.parse_args()


class Log:
    """What arrived, for a test to count: `{acao, checksum, dados}` per command, `{fault, packet}` per dead thread."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8") if path else None
        self._lock = threading.Lock()

    def command(self, dados, checksum_ok):
        acao = dados.get("acao") if isinstance(dados, dict) else None
        self._write({"acao": acao, "checksum": checksum_ok, "dados": dados})

    def fault(self, error, datagram):
        self._write({"fault": type(error).__name__, "packet": datagram.decode("utf-8", "replace")})

    def _write(self, entry):
        if self._file is None:
            return
        with self._lock:
            print(json.dumps(entry), file=self._file, flush=True)


class SessionPorts:
    """One port per session, from the server's port + 1 upwards and never used twice; any free one when that port was 0."""

    def __init__(self, server_port):
        self._last = server_port
        self._any = server_port == 0
        self._lock = threading.Lock()

    def bind(self, sock):
        if self._any:
            sock.bind((HOST, 0))
            return
        with self._lock:
            while True:
                self._last += 1
                if self._last > LAST_PORT:
                    raise RuntimeError("no session port left")
                try:
                    return sock.bind((HOST, self._last))
                except OSError:
                    continue


class Session:
    """One client's thread: the handshake, then its packets until FIN, empty data or an exception."""

    def __init__(self, ports, book, log):
        self._ports = ports
        self._book = book
        self._log = log
        self._last_seq = 0
        self._last_text = None

    def run(self, datagram, client):
        """Handles `datagram`, the first from `client`, and all that follow on a port of its own."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                goes_on = self._accept(sock, decode(datagram), client)
                while goes_on:
                    datagram, client = sock.recvfrom(DATAGRAM_LIMIT)
                    goes_on = self._handle(sock, decode(datagram), client)
            except Exception as error:
                self._log.fault(error, datagram)
                raise

    def _accept(self, sock, packet, client):
        """Answers a SYN and waits for the ACK; anything else ends the session."""
        if not packet["SYN"]:
            return False
        self._ports.bind(sock)
        sock.sendto(encode(new_packet(SYN=True, ACK=True, ack=packet["seq"] + 1, proxSeq=1)), client)
        sock.settimeout(HANDSHAKE_SECONDS)
        try:
            datagram, _ = sock.recvfrom(DATAGRAM_LIMIT)
        except socket.timeout:
            return False
        sock.settimeout(None)
        confirmation = decode(datagram)
        return confirmation["ACK"] and confirmation["ack"] == 1

    def _handle(self, sock, packet, client):
        """Answers one packet; False ends the session."""
        if packet["SYN"]:
            sock.sendto(encode(new_packet("Cliente já conectado!")), client)
            return True
        if packet["FIN"]:
            return False
        if not packet["dados"]:
            # A second handshake ACK comes here too.
            sock.sendto(encode(new_packet("Sem dados enviados")), client)
            return False
        sock.sendto(encode(self._answer(packet)), client)
        return True

    def _answer(self, packet):
        """Executes first and looks at the sum afterwards; the same seq gets the earlier text, whatever it now asks."""
        checksum = packet_checksum(packet)
        checksum_ok = checksum == packet["checksum"]
        if packet["seq"] != self._last_seq:
            self._last_text = self._book.execute(packet["dados"], checksum_ok)
            self._last_seq = packet["seq"]
        return new_packet(self._last_text, ACK=checksum_ok, ack=packet["seq"] + 1, checksum=checksum)


class Book:
    """The file of records and the lock that all sessions share."""

    def __init__(self, path, log):
        self._path = path
        self._log = log
        self._lock = threading.Lock()

    def execute(self, dados, checksum_ok):
        """The text that answers the command, which the log gets before it is looked at."""
        # On purpose neither `with` nor `finally`: a command that raises takes the lock with it, and no session is
        # answered again. That is the fault that our client and gateway must not provoke.
        self._lock.acquire()
        self._log.command(dados, checksum_ok)
        text = self._run(dados)
        self._lock.release()
        return text

    def _run(self, dados):
        action = dados["acao"].lower()
        if action == "d":
            return complaint_about(dados) or self._report(dados)
        if action == "p":
            return complaint_about(dados) or self._cheapest(dados)
        return "Ação não conhecida: %s\n" % action

    def _report(self, dados):
        """Appends: an earlier price of the same place stays, and wins for ever if it is lower."""
        record = {
            "tipoCombustivel": dados["tipoCombustivel"],
            "valor": int(dados["valor"]),
            "coordenadas": dados["coordenadas"],
        }
        records = self._load() or []
        records.append(record)
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(records, file, indent=2)
        return "Dados gravados"

    def _cheapest(self, dados):
        records = self._load()
        if records is None:
            return "Nenhum valor encontrado!"
        fuel = int(dados["tipoCombustivel"])
        radius_km = float(dados["raio"])
        centre = dados["coordenadas"]
        found = [
            record
            for record in records
            if int(record["tipoCombustivel"]) == fuel and distance_km(record["coordenadas"], centre) <= radius_km
        ]
        if not found:
            return "Nenhuma posto encontrado para esses parâmetros."
        best = min(found, key=lambda record: record["valor"])
        return "Tipo combustível: %s\nPreço: R$ %.3f\ncoordenadas: %s" % (
            FUEL_NAMES[fuel],
            int(best["valor"]) / 1000,
            best["coordenadas"],
        )

    def _load(self):
        """The records, or None where the file is absent or no JSON."""
        try:
            with open(self._path, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None


def complaint_about(dados):
    """The two refusals that the original has; every other mistake raises further on."""
    for name, value in dados.items():
        if value is None or value == "":
            return "O parâmetro %s não pode ser vazio" % name
    if dados["coordenadas"].count(";") != 1:
        return "Parâmetro de coordenadas inválido"
    return None


def distance_km(first, second):
    """Haversine between two texts `(lat;lon)`."""
    first_latitude, first_longitude = parse_coordinates(first)
    second_latitude, second_longitude = parse_coordinates(second)
    half_chord = (
        math.sin((second_latitude - first_latitude) / 2) ** 2
        + math.cos(first_latitude) * math.cos(second_latitude) * math.sin((second_longitude - first_longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half_chord)))


def parse_coordinates(text):
    """Radians of `(lat;lon)`, blanks ignored; raises on anything else."""
    latitude, _, longitude = text.strip("() ").partition(";")
    return math.radians(float(latitude)), math.radians(float(longitude))


if __name__ == "__main__":
    main()
