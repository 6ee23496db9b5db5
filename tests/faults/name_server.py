"""A name server on loopback, for names that end in .test."""

import socket
import struct
import threading

NXDOMAIN = 3
TYPE_A = 1


class NameServer:
    """Answers until closed, from a thread of its own. `addresses`: name -> IPv4 address."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(2048)
                self.socket.sendto(self.answer(query), peer)
            except OSError:  # closed
                return

    def answer(self, query):
        """RFC 1035 section 4: the question again, and an address if there is one."""
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        name, kind = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])[0]
        known = name in self.addresses
        found = known and kind == TYPE_A
        flags = 0x8180 | (0 if known else NXDOMAIN)
        head = query[:2] + struct.pack(">HHHHH", flags, 1, int(found), 0, 0)
        if not found:
            return head + question
        record = struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 60, 4)
        return head + question + record + socket.inet_aton(self.addresses[name])

    def close(self):
        self.socket.close()
