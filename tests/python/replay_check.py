"""Replays the captures of the original against v1_server.py and v1_client.py: proof that the two stand-ins are faithful."""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "127.0.0.1"
SILENCE_SECONDS = 1.0
"""The captures call an answer null when none came within this time."""
ANSWER_SECONDS = 5.0
EXIT_SECONDS = 35.0
PORT_RANGE = (10000, 32000)
"""Below the ports that Linux hands out itself (ip_local_port_range starts at 32768)."""
PORT_DRAWS = 1000
START_TRIES = 5
SLOW_SCENARIOS = ("28 s of silence", "server silent at the start")


class Mismatch(Exception):
    """The stand-in did something that the original did not."""


def main():
    arguments = parse_arguments()
    jobs = [
        (name, scenario["scenario"], replay, scenario)
        for name, file, replay in (
            ("server", "server.jsonl", lambda scenario: replay_to_server(scenario, arguments.records)),
            ("client", "client.jsonl", replay_to_client),
        )
        for scenario in read_scenarios(os.path.join(arguments.captures, file))
    ]
    chosen = [job for job in jobs if arguments.slow or job[1] not in SLOW_SCENARIOS]
    for name, title, _, _ in jobs:
        if not arguments.slow and title in SLOW_SCENARIOS:
            print("%s: %s: left out, needs --slow" % (name, title))
    failed = run_all(chosen)
    print("%d passed, %d failed" % (len(chosen) - failed, failed))
    return 1 if failed else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description="Replays the captures of the original against the stand-ins.")
    parser.add_argument("captures", help="directory of server.jsonl and client.jsonl")
    parser.add_argument("--records", help="the nine records (default: beside the captures, in ../samples)")
    parser.add_argument("--slow", action="store_true", help="also the two scenarios of 25 s and 28 s")
    arguments = parser.parse_args()
    if arguments.records is None:
        arguments.records = os.path.join(arguments.captures, "..", "samples", "seed_dadosBase_dourados.json")
    return arguments


def read_scenarios(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def run_all(jobs):
    """Runs the scenarios side by side, prints each result, returns how many failed."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        futures = [(job, pool.submit(job[2], job[3])) for job in jobs]
        for (name, title, _, _), future in futures:
            try:
                future.result()
                print("%s: %s: ok" % (name, title))
            except Exception as error:
                failed += 1
                print("%s: %s: FAILED: %s: %s" % (name, title, type(error).__name__, error))
    return failed


def replay_to_server(scenario, nine_records):
    """Sends what was sent to the original and expects what it answered, from where it answered."""
    with tempfile.TemporaryDirectory() as directory:
        records = os.path.join(directory, "records.json")
        if scenario["records_before"] == "the nine records":
            shutil.copyfile(nine_records, records)
        with ServerProcess(records) as server, udp_socket() as sock:
            session = None
            for step in scenario["steps"]:
                if "wait_s" in step:
                    time.sleep(step["wait_s"])
                    continue
                target = server.address if step["to"] == "server port" else session
                sock.sendto(step["sent"].encode("utf-8"), target)
                answered_from = expect_answer(sock, step["answer"])
                if "answer_from" in step:
                    session = (HOST, server.address[1] + 1)
                if answered_from not in (None, session):
                    raise Mismatch("answered from %s, not %s" % (answered_from, session))


def expect_answer(sock, answer):
    """The sender of the expected answer, or None where silence was expected and kept."""
    sock.settimeout(SILENCE_SECONDS if answer is None else ANSWER_SECONDS)
    try:
        datagram, sender = sock.recvfrom(65536)
    except socket.timeout:
        datagram, sender = None, None
    if datagram != (None if answer is None else answer.encode("utf-8")):
        raise Mismatch("expected %r, got %r" % (answer, datagram))
    return sender


class ServerProcess:
    """v1_server.py on a port whose next one is free too; ends with the `with` block."""

    def __init__(self, records, *options):
        # Between the look at a port and its use another process may take it: then the next one is tried.
        for _ in range(START_TRIES):
            port = str(free_pair_of_ports())
            self._process = subprocess.Popen(
                [sys.executable, script("v1_server.py"), "--port", port, "--records", records, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
            ready = self._process.stdout.readline()
            if ready:
                break
            self.__exit__()
        else:
            raise Mismatch("v1_server.py does not start")
        host, _, port = ready.rpartition(" ")[2].rpartition(":")
        self.address = (host, int(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


def free_pair_of_ports():
    """A port that is free with its neighbour above, drawn so that runs side by side seldom meet."""
    for _ in range(PORT_DRAWS):
        port = random.randrange(*PORT_RANGE, 2)
        if is_free(port) and is_free(port + 1):
            return port
    raise Mismatch("no pair of free ports")


def is_free(port):
    with udp_socket() as sock:
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def replay_to_client(scenario):
    """Plays the server of the capture to v1_client.py and compares its datagrams, its text and its exit code."""
    with udp_socket() as server, udp_socket() as session:
        server.bind((HOST, 0))
        session.bind((HOST, 0))
        client = subprocess.Popen(
            [sys.executable, script("v1_client.py"), HOST, str(server.getsockname()[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            client.stdin.write(scenario["typed"].encode("utf-8"))
            client.stdin.flush()
            play_server(scenario["datagrams"], server, session)
            printed, _ = client.communicate(timeout=EXIT_SECONDS)
        finally:
            client.kill()
            client.wait()
        expect_equal("printed", printed.decode("utf-8"), scenario["printed"])
        expect_equal("exit code", client.returncode, scenario["exit"])
        expect_nothing_more(server, session)


def play_server(datagrams, server, session):
    client_address = None
    for datagram in datagrams:
        if "we_answered" in datagram:
            session.sendto(datagram["we_answered"].encode("utf-8"), client_address)
            continue
        sock = server if datagram["to"] == "server port" else session
        sock.settimeout(ANSWER_SECONDS)
        received, client_address = sock.recvfrom(65536)
        expect_equal("datagram", received.decode("utf-8"), datagram["client_sent"])


def expect_equal(what, found, expected):
    if found != expected:
        raise Mismatch("%s: expected %r, got %r" % (what, expected, found))


def expect_nothing_more(*sockets):
    for sock in sockets:
        sock.setblocking(False)
        try:
            raise Mismatch("one datagram too many: %r" % (sock.recvfrom(65536),))
        except BlockingIOError:
            continue


def udp_socket():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def script(name):
    return os.path.join(HERE, name)


if __name__ == "__main__":
    sys.exit(main())
