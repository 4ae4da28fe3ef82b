"""A stand-in for the original 2019 client, prompt by prompt, as client.jsonl shows it; its server is v1_server.py."""

import argparse
import json
import socket
import sys

from v1_packet import DATAGRAM_LIMIT, decode, encode, new_packet, packet_checksum

TICK_SECONDS = 0.5
TICKS_PER_NOTICE = 10
TICKS_OF_PATIENCE = 50
RETRANSMISSIONS = 5
FUELS = ("0", "1", "2")


def main():
    arguments = parse_arguments()
    # The original printed UTF-8 whatever the locale was, and a test reads it through a pipe.
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        session = connect(sock, arguments.host, arguments.port)
        if session is not None:
            print("Conexão estabilizada\n")
            converse(sock, session)
            sock.sendto(encode(new_packet(FIN=True)), session)


def parse_arguments():
    parser = argparse.ArgumentParser(description="The original client of 2019; reads commands from stdin.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    return parser.parse_args()


def connect(sock, host, port):
    """The handshake: the session's address, or None (and a text) where the server refused."""
    sock.sendto(encode(new_packet(SYN=True, proxSeq=1)), (host, port))
    answer, (_, session_port) = receive(sock)
    if answer["SYN"] and answer["ACK"] and answer["ack"] == 1:
        session = (host, session_port)
        sock.sendto(encode(new_packet(ACK=True, ack=answer["seq"] + 1, seq=1)), session)
        return session
    print("Falha na conexão com o servidor")
    if answer["dados"]:
        print("%s\n\n" % answer["dados"])
    return None


def converse(sock, session):
    """Prompt, send, print, until `sair`. A failed command leaves its seq to the next one, as in the original."""
    seq = 1
    while True:
        line = input("Entrada: ")
        if line == "sair":
            return
        command = parse_command(line)
        if command is None:
            continue
        answer = transmit(sock, session, new_packet(command, seq=seq, proxSeq=seq + 1))
        if answer is None:
            print("Falha ao enviar os dados!\n")
            continue
        print_answer(command, answer)
        seq += 1


def parse_command(line):
    """The command object, or None after saying what is wrong with the line."""
    # The original took any case of `sair` for valid but left only at the lower-case one: it sends `SAIR` as it stands.
    if line.lower() == "sair":
        return line
    fields = line.split(" ")
    complaint = complaint_about(fields)
    if complaint:
        print(complaint + "\n")
        return None
    action, fuel, number, latitude, longitude = fields
    return {
        "acao": action,
        "tipoCombustivel": fuel,
        "coordenadas": "(%s;%s)" % (latitude, longitude),
        "valor" if action.lower() == "d" else "raio": int(number),
    }


def complaint_about(fields):
    """What the original says of mistyped fields; it looks at them from the left and stops at the first fault."""
    if len(fields) != 5:
        return "Numero inválido de parâmetros"
    action, fuel, number, latitude, longitude = fields
    if action.lower() not in ("d", "p"):
        return "Tipo de ação inválida. Os valores permitidos são: D ou P"
    if fuel not in FUELS:
        return "Tipo de combustível inválido. Os valores permitidos são:\n0 - diesel\n1 - álcool\n2 - gasolina"
    if not is_positive_integer(number):
        return "Você deve fornecer um inteiro positivo para o %s" % ("raio" if action.lower() == "p" else "preço")
    if not (is_number(latitude) and is_number(longitude)):
        return "As coordenas devem ser numéricas"
    return None


def is_positive_integer(text):
    try:
        return int(text) > 0
    except ValueError:
        return False


def is_number(text):
    """As Python's float() sees it: `nan`, `inf` and `1_0` pass, here and in the original."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def transmit(sock, session, packet):
    """Sends until the answer has ACK and the expected number; None after five repeats. Silence is never a reason to repeat."""
    packet["checksum"] = packet_checksum(packet)
    for repeat in range(RETRANSMISSIONS + 1):
        if repeat:
            print("Retransmissão (%d/%d)" % (repeat, RETRANSMISSIONS))
        sock.sendto(encode(packet), session)
        answer, _ = receive(sock)
        if answer["ACK"] and answer["ack"] == packet["proxSeq"]:
            return answer
    return None


def receive(sock):
    """The next packet and its sender; the process ends with 1 after 50 ticks of silence."""
    sock.settimeout(TICK_SECONDS)
    for tick in range(1, TICKS_OF_PATIENCE):
        announce_silence(tick)
        try:
            datagram, sender = sock.recvfrom(DATAGRAM_LIMIT)
        except socket.timeout:
            continue
        return decode(datagram), sender
    announce_silence(TICKS_OF_PATIENCE)
    print("\nNenhuma resposta do servidor, tenha certeza que o mesmo está operando. Este cliente será encerrado\n")
    sys.exit(1)


def announce_silence(tick):
    if tick % TICKS_PER_NOTICE == 0:
        print("Tentando conexão com o servidor (%d/%d)" % (tick // TICKS_PER_NOTICE, TICKS_OF_PATIENCE // TICKS_PER_NOTICE))


def print_answer(command, answer):
    """All members but `dados` as JSON, then `dados`; the heading stands over a `P` even when nothing was found."""
    text = answer.pop("dados")
    print("\nPacote recebido: %s" % json.dumps(answer, indent=2))
    if command["acao"].lower() == "p":
        print("\nDados do posto encontrado")
        print("-" * 30)
    print(text)
    print("\n")


if __name__ == "__main__":
    main()
