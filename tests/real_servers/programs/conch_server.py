"""Twisted Conch's server. usage: conch_server.py ADDRESS PORT KEY [METHOD]"""

import sys
import warnings

warnings.filterwarnings("ignore")
from twisted.cred import portal  # noqa: E402
from twisted.conch.ssh import factory, keys, transport  # noqa: E402  # warns of old ciphers
from twisted.internet import reactor  # noqa: E402

address, port, file, *methods = sys.argv[1:]
key = keys.Key.fromFile(file)


class Transport(transport.SSHServerTransport):
    if methods:
        supportedKeyExchanges = [method.encode() for method in methods]


class Factory(factory.SSHFactory):
    protocol = Transport
    portal = portal.Portal(None)  # which lets nobody in
    publicKeys = {key.sshType(): key.public()}
    privateKeys = {key.sshType(): key}
    services = {b"ssh-userauth": factory.userauth.SSHUserAuthServer}

    def getPrimes(self):
        return None


reactor.listenTCP(int(port), Factory(), interface=address)
reactor.run()
