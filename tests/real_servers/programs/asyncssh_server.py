"""AsyncSSH's server. usage: asyncssh_server.py ADDRESS PORT KEY [METHOD]"""

import asyncio
import sys
import warnings

warnings.filterwarnings("ignore")
import asyncssh  # noqa: E402  # warns of its old ciphers

address, port, key, *methods = sys.argv[1:]


async def serve():
    await asyncssh.create_server(asyncssh.SSHServer, address, int(port), server_host_keys=[key],
                                 **({"kex_algs": methods} if methods else {}))
    await asyncio.Event().wait()


asyncio.run(serve())
