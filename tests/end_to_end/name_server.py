"""A name server on loopback, for names that end in .test."""

import socket
import struct
import threading

A, AAAA, SSHFP = 1, 28, 44
SERVER_FAILURE, NO_SUCH_NAME = 2, 3


class NameServer:
    """Answers until closed, from a thread of its own; also for the length of a `with` block.

    zone: name -> list of addresses, or a response code; any other name does not exist. None as the
    zone: it hears and never answers. sshfp: name -> list of records' data, or a response code, or None,
    which has no answer. authentic: it says that it validated its answers, where it is asked whether.
    """

    def __init__(self, zone, port=0, sshfp=None, authentic=False):
        self.zone = zone
        self.sshfp = sshfp or {}
        self.authentic = authentic
        self.asked = []  # (name, type of record)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())  # wakes the thread, which then ends
        self.thread.join(timeout=10)
        self.socket.close()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not query:
                return
            if self.zone is not None:
                reply = self.answer(query)
                if reply:
                    self.socket.sendto(reply, client)

    def answer(self, query):
        """RFC 1035 section 4: the question again, and the addresses of its type."""
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack(">H", query[at + 1:at + 3])
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        known = self.sshfp.get(name, []) if kind == SSHFP else self.zone.get(name, NO_SUCH_NAME)
        if known is None:
            return None
        code = known if isinstance(known, int) else 0
        records = [] if code else known if kind == SSHFP else [
            socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
            for text in known if (":" in text) == (kind == AAAA)]
        authentic = 0x20 if self.authentic and query[3] & 0x20 else 0
        body = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(data)) + data for data in records)
        return query[:2] + struct.pack(">HHHHH", 0x8180 | authentic | code, 1, len(records), 0, 0) + query[12:at + 5] + body
