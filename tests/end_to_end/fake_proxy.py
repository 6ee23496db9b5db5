"""A proxy for tests: speaks SOCKS5 and CONNECT, connects for real or answers as it is told, counts."""

import asyncio
import socket
import struct
import threading

ESTABLISHED = 1  # in Linux's tcp_info


def is_up(stream):
    """Neither side has ended it, as the kernel knows it at this moment."""
    try:
        return stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED
    except OSError:
        return False


class FakeProxy:
    """On a port of loopback, for the length of a `with` block.

    @param says  destination's host -> raw bytes in place of the answer, then the end;
                 `None` in their place: nothing at all
    @param raw   the same for every connection, in place of the whole protocol
    @param login (user, password) that it wants
    @param port  0 for any that is free
    """

    def __init__(self, says=None, raw=None, login=None, endless=None, port=0):
        self.says, self.raw, self.login, self.endless = says or {}, raw, login, endless
        self.asked, self.most, self.seen, self.port = [], 0, 0, port
        self.open, self.logins = set(), []
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.ready.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        server = self.loop.run_until_complete(
            asyncio.start_server(self.serve, sock=listener, backlog=4096, limit=1 << 20))
        self.ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def serve(self, reader, writer):
        stream = writer.get_extra_info("socket")
        self.open.add(stream)
        self.seen += 1
        self.most = max(self.most, sum(is_up(each) for each in self.open))
        try:
            await self.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self.open.discard(stream)
            writer.close()

    async def talk(self, reader, writer):
        if self.endless:
            while True:
                writer.write(self.endless)
                await writer.drain()
        if self.raw is not None:
            await reader.read(1)
            writer.write(self.raw)
            await writer.drain()
            return
        first = await reader.readexactly(1)
        if first == b"\x05":
            await self.socks(reader, writer)
        else:
            await self.connect(first, reader, writer)

    async def socks(self, reader, writer):
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 2 if self.login else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return await writer.drain()
        writer.write(bytes([5, wanted]))
        if self.login:
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            self.logins.append((user.decode(), password.decode()))
            good = self.logins[-1] == self.login
            writer.write(b"\x01" + (b"\0" if good else b"\1"))
            if not good:
                return await writer.drain()
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        raw = await reader.readexactly(size)
        host = (raw.decode() if kind == 3 else
                socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, raw))
        port, = struct.unpack(">H", await reader.readexactly(2))
        await self.answer(host, port, reader, writer, b"\x05\0\0\x01\0\0\0\0\0\0",
                          b"\x05\x05\0\x01\0\0\0\0\0\0")

    async def connect(self, first, reader, writer):
        head = first + await reader.readuntil(b"\r\n\r\n")
        host, _, port = head.split()[1].decode().rpartition(":")
        self.logins += [line.split()[-1].decode() for line in head.splitlines()
                        if line.lower().startswith(b"proxy-authorization: basic ")]
        await self.answer(host.strip("[]"), int(port), reader, writer,
                          b"HTTP/1.1 200 Connection established\r\n\r\n",
                          b"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: fake; error=connection_refused\r\n\r\n")

    async def answer(self, host, port, reader, writer, granted, refused):
        self.asked.append((host, port))
        if host in self.says:
            said = self.says[host]
            if said is None:
                return await reader.read()
            writer.write(said)
            return await writer.drain()
        try:
            there, to_there = await asyncio.open_connection(host, port)
        except OSError:
            writer.write(refused)
            return await writer.drain()
        writer.write(granted)
        await self.relay_both(reader, writer, there, to_there)

    async def relay_both(self, reader, writer, there, to_there):
        """Until one side has ended."""
        relays = [asyncio.ensure_future(self.relay(reader, to_there)),
                  asyncio.ensure_future(self.relay(there, writer))]
        try:
            await asyncio.wait(relays, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in relays:
                each.cancel()
            to_there.close()

    @staticmethod
    async def relay(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass


class Front(FakeProxy):
    """Stands before a proxy of this machine, hands everything on to it, and counts."""

    def __init__(self, port):
        super().__init__()
        self.behind = port

    async def talk(self, reader, writer):
        await self.relay_both(reader, writer, *await asyncio.open_connection("127.0.0.1", self.behind))
