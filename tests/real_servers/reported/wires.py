"""Small SSH servers, made of steps: what somebody's client once met, replayed on loopback.

A wire is a list of steps; each is a function of the Talk that a connection opens. Standard library
only: the key exchange is curve25519, a group of RFC 4253 and 2409, or group exchange, with an RSA
host key. A step may hand its connection to a real sshd.
"""

import base64
import functools
import hashlib
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

BACKLOG = 64
PATIENCE = 60  # no conversation lasts longer, seconds
SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin") or "sshd"


class Over(Exception):
    """The conversation has ended, by either side."""


class Talk:
    """One connection to a server, the `number`th since it started."""

    def __init__(self, connection, number, key):
        self.connection, self.number, self.key = connection, number, key
        self.unread = b""
        self.identification = b"SSH-2.0-wire"  # ours, as the exchange hash wants it
        self.exchange = None  # with the group that we chose, if we did
        self.group = b""  # that choice, as the exchange hash wants it
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self):
        received = self.connection.recv(65536)
        if not received:
            raise Over
        self.unread += received

    def line(self):
        while b"\n" not in self.unread:
            self.receive()
        line, self.unread = self.unread.split(b"\n", 1)
        return line.rstrip(b"\r")

    def packet(self):
        """The payload of the next packet, other than what may come at any time."""
        while True:
            while len(self.unread) < 4 or len(self.unread) < 4 + number(self.unread):
                self.receive()
            length = number(self.unread)
            whole, self.unread = self.unread[4:4 + length], self.unread[4 + length:]
            payload = whole[1:length - whole[0]]
            if payload[0] not in (2, 3, 4):  # IGNORE, UNIMPLEMENTED, DEBUG
                return payload

    def send(self, data):
        self.connection.sendall(data)


# Steps


def say(data):
    return lambda talk: talk.send(data)


def identify(line, end=b"\r\n"):
    def step(talk):
        talk.identification = line
        talk.send(line + end)
    return step


def wait(seconds):
    return lambda talk: time.sleep(seconds)


def hear(talk):
    """Waits for the client's identification."""
    talk.client = talk.line()


def hear_something(talk):
    """Waits for the client's first byte, and leaves the rest unread."""
    talk.connection.recv(1)


def header_first(*otherwise):
    """Wants a PROXY header of version 1 before anything else; without one it ends so."""
    def step(talk):
        while len(talk.unread) < len(b"PROXY "):
            talk.receive()
        if not talk.unread.startswith(b"PROXY "):
            for part in otherwise:
                part(talk)
        talk.line()
    return step


def read_for(seconds):
    """Takes in what the client says, for so long."""
    def step(talk):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            talk.connection.settimeout(left)
            try:
                talk.receive()
            except TimeoutError:
                break
        talk.connection.settimeout(PATIENCE)
    return step


def fin(talk):
    """Ends our side in order, and reads the client to its end: no reset follows."""
    talk.connection.shutdown(socket.SHUT_WR)
    while True:
        talk.receive()


def close(talk):
    """Ends like a program that exits: what it has not read becomes a reset."""
    raise Over


def rst(talk):
    talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Over


def silence(talk):
    """Reads, and never answers."""
    while True:
        talk.receive()


def by_method(methods, otherwise):
    """Goes on with what the agreed key exchange method has here.

    REQUIRES: both KEXINITs are known
    """
    def step(talk):
        for part in methods.get(agreed(talk.client_kexinit, talk.kexinit, slot=0), otherwise):
            part(talk)
    return step


def with_key(bits):
    """Goes on with an RSA host key of that size."""
    return lambda talk: setattr(talk, "key", key_of(bits))


def real_sshd(*lines):
    """Leaves the rest to OpenSSH's server, with these lines in its configuration."""
    def step(talk):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "sshd_config"
            config.write_text("\n".join([f"HostKey {real_key()}", "UsePAM no", *lines, ""]))
            process = subprocess.Popen([SSHD, "-i", "-f", config], stdin=talk.connection,
                                       stdout=talk.connection, stderr=subprocess.DEVNULL)
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                process.wait()
        raise Over
    return step


def by_turns(*wires):
    """The first connection gets the first wire, and so on; all later ones the last."""
    def step(talk):
        for part in wires[min(talk.number, len(wires)) - 1]:
            part(talk)
    return step


def disconnect(reason, text):
    """SSH_MSG_DISCONNECT."""
    return say(packet(b"\x01" + struct.pack(">I", reason) + string(text) + string(b"")))


MODERN = {
    "kex": "curve25519-sha256,curve25519-sha256@libssh.org",
    "key": "rsa-sha2-512,rsa-sha2-256",
    "cipher": "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes128-ctr,aes256-ctr",
    "mac": "hmac-sha2-256-etm@openssh.com,hmac-sha2-256,hmac-sha1",
    "compression": "none,zlib@openssh.com",
}


def offer(**lists):
    """KEXINIT, with these lists other than MODERN."""
    def step(talk):
        lists_of = {**MODERN, **lists}
        names = [lists_of[slot].encode() for slot in
                 ("kex", "key", "cipher", "cipher", "mac", "mac", "compression", "compression")]
        talk.kexinit = (b"\x14" + os.urandom(16) + b"".join(map(string, [*names, b"", b""])) +
                        bytes(5))
        talk.send(packet(talk.kexinit))
    return step


def hear_kexinit(talk):
    talk.client = talk.line()
    talk.client_kexinit = talk.packet()


def hear_half(talk):
    """The client's half of the key exchange."""
    payload = talk.packet()
    talk.half = payload[5:5 + number(payload[1:])]


def prove(damage=lambda signature: signature):
    """Our half, the host key and its proof, then NEWKEYS."""
    def step(talk):
        method = agreed(talk.client_kexinit, talk.kexinit, slot=0)
        exchange = curve if method.startswith(b"curve25519") else GROUPS.get(method, talk.exchange)
        ours, shared = exchange(talk.half)
        digest = hashlib.sha256 if b"sha256" in method else hashlib.sha1
        hashed = digest(b"".join(
            [string(talk.client), string(talk.identification), string(talk.client_kexinit),
             string(talk.kexinit), string(talk.key.blob), talk.group, string(talk.half),
             string(ours), shared])).digest()
        algorithm = agreed(talk.client_kexinit, talk.kexinit, slot=1)
        signature = string(algorithm) + string(damage(talk.key.sign(hashed, algorithm)))
        reply = b"\x21" if talk.group else b"\x1f"
        talk.send(packet(reply + string(talk.key.blob) + string(ours) + string(signature)) +
                  packet(b"\x15"))
    return step


def choose_group(bits):
    """Answers a request for a group (RFC 4419 section 3) with one of 1024 or 2048 bits."""
    def step(talk):
        request = talk.packet()
        prime, talk.exchange = PRIMES[bits], group(PRIMES[bits])
        talk.group = request[1:13] + mpint(prime) + mpint(2)
        talk.send(packet(b"\x1f" + mpint(prime) + mpint(2)))
    return step


def serves(identification=b"SSH-2.0-wire", before=b"", delay=0, **lists):
    """A whole key exchange; afterwards it listens."""
    return [say(before), identify(identification), offer(**lists), hear_kexinit, hear_half,
            wait(delay), prove(), silence]


# Data


def number(data):
    return struct.unpack(">I", data[:4])[0]


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(value):
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def packet(payload):
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 * (padding < 4)
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def names(kexinit, slot):
    at = 17
    for _ in range(slot):
        at += 4 + number(kexinit[at:])
    return kexinit[at + 4:at + 4 + number(kexinit[at:])].split(b",")


def agreed(client, server, slot):
    common = [name for name in names(client, slot) if name in names(server, slot)]
    if not common:
        raise Over
    return common[0]


def curve(half):
    """RFC 8731: our half, and the shared secret as the hash wants it."""
    secret = os.urandom(32)
    shared = x25519(secret, half)
    return x25519(secret, (9).to_bytes(32, "little")), mpint(int.from_bytes(shared, "big"))


def by_pi(bits, addend):
    """A prime of RFC 2409 section 6 or RFC 3526, as they define it by pi."""
    return 2**bits - 2**(bits - 64) - 1 + 2**64 * (pi(bits - 130) + addend)


def group(prime):
    """The exchange in the group of that prime, with generator 2."""
    def exchange(half):
        secret = int.from_bytes(os.urandom(32), "big")
        shared = pow(int.from_bytes(half, "big"), secret, prime)
        return mpint(pow(2, secret, prime))[4:], mpint(shared)
    return exchange


def pi(bits):
    """floor(2**bits * pi), by Machin's formula."""
    one = 1 << (bits + 64)

    def arctangent(inverse):
        total = term = one // inverse
        for odd in range(3, bits, 2):
            term //= -inverse * inverse
            total += term // odd
        return total
    return 4 * (4 * arctangent(5) - arctangent(239)) >> 64


PRIMES = {1024: by_pi(1024, 129093), 2048: by_pi(2048, 124476)}
GROUPS = {b"diffie-hellman-group1-sha1": group(PRIMES[1024]),
          b"diffie-hellman-group14-sha1": group(PRIMES[2048]),
          b"diffie-hellman-group14-sha256": group(PRIMES[2048])}


def x25519(scalar, point):
    """RFC 7748 section 5."""
    prime = 2**255 - 19
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for bit in reversed(range(255)):
        if swap ^ (k >> bit & 1):
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = k >> bit & 1
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        x3, z3 = (da + cb)**2 % prime, x1 * (da - cb)**2 % prime
        x2, z2 = aa * bb % prime, (aa - bb) * (aa + 121665 * (aa - bb)) % prime
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, prime - 2, prime) % prime).to_bytes(32, "little")


class RsaKey:
    """A host key, made by OpenSSL: ssh-keygen makes none below 1024 bits."""

    DIGESTS = {b"rsa-sha2-256": ("sha256", "3031300d060960864801650304020105000420"),
               b"rsa-sha2-512": ("sha512", "3051300d060960864801650304020305000440"),
               b"ssh-rsa": ("sha1", "3021300906052b0e03021a05000414")}

    def __init__(self, bits=2048):
        made = subprocess.run(["openssl", "genrsa", "-traditional", str(bits)], check=True,
                              capture_output=True, text=True, timeout=60)
        numbers = der_numbers(base64.b64decode("".join(made.stdout.splitlines()[1:-1])))
        self.modulus, self.exponent, self.secret = numbers[1:4]
        self.blob = string(b"ssh-rsa") + mpint(self.exponent) + mpint(self.modulus)

    def sign(self, message, algorithm):
        """RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2)."""
        digest, prefix = self.DIGESTS[algorithm]
        info = bytes.fromhex(prefix) + hashlib.new(digest, message).digest()
        size = (self.modulus.bit_length() + 7) // 8
        padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        return pow(int.from_bytes(padded, "big"), self.secret, self.modulus).to_bytes(size, "big")


def der_numbers(data):
    """The numbers of a DER sequence of numbers (RFC 8017 appendix A.1.2)."""
    def length(at):
        if data[at] < 128:
            return data[at], at + 1
        count = data[at] & 127
        return int.from_bytes(data[at + 1:at + 1 + count], "big"), at + 1 + count

    _, at = length(1)
    found = []
    while at < len(data):
        size, at = length(at + 1)
        found.append(int.from_bytes(data[at:at + size], "big"))
        at += size
    return found


@functools.cache
def key_of(bits):
    return RsaKey(bits)


@functools.cache
def real_key():
    """A real sshd's host key file, which stays as long as the test."""
    file = pathlib.Path(tempfile.mkdtemp(prefix="wires")) / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True,
                   timeout=60)
    return file


class Server:
    """Plays a wire on an address of this machine, for the length of a `with` block."""

    def __init__(self, wire, address, port, key):
        self.wire, self.key, self.count = wire, key, 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=BACKLOG)
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.serve, args=(connection, self.count), daemon=True).start()

    def serve(self, connection, count):
        with connection:
            try:
                talk = Talk(connection, count, self.key)
                for step in self.wire:
                    step(talk)
            except (Over, OSError, subprocess.TimeoutExpired):
                pass
