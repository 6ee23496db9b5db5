"""Paramiko's server. usage: paramiko_server.py ADDRESS PORT KEY [METHOD [MODULI]]"""

import socket
import sys
import threading
import warnings

warnings.filterwarnings("ignore")
import paramiko  # noqa: E402  # warns of its old ciphers

address, port, file, *rest = sys.argv[1:]
method, moduli = (*rest, None, None)[:2]


def load(path):
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(path)
        except paramiko.SSHException:
            pass
    raise SystemExit(f"no key in {path}")


def serve(connection):
    others = [name for name in paramiko.Transport._preferred_kex if name != method]
    transport = paramiko.Transport(connection,
                                   disabled_algorithms={"kex": others} if method else None)
    if moduli:
        transport._preferred_kex = (method,)
    transport.add_server_key(key)
    try:
        transport.start_server(event=threading.Event(), server=paramiko.ServerInterface())
    except (EOFError, OSError, paramiko.SSHException):
        pass


key = load(file)
if moduli and not paramiko.Transport.load_server_moduli(moduli):
    raise SystemExit(f"no moduli in {moduli}")
listener = socket.create_server((address, int(port)))
while True:
    serve(listener.accept()[0])
