#!/usr/bin/env python3
"""Makes ports of this machine's loopback appear on a container's loopback.

    share-loopback.py PID PORT...

Listens on 127.0.0.1:PORT inside the network namespace of process PID and passes each connection to
127.0.0.1:PORT out here. Nothing listens on any other address, inside or outside. Prints `ready`
and runs until it is killed. Needs root: it enters the namespace to listen.
"""

import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
CONNECTIONS_MAX = 256


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "enter the network namespace")


def listeners(pid, ports):
    """A socket belongs to the namespace that it was made in, whoever uses it afterwards."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    enter(there)
    try:
        return {port: socket.create_server(("127.0.0.1", port)) for port in ports}
    finally:
        enter(home)


async def pump(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError as error:
        print(f"a connection broke: {error}", file=sys.stderr)


async def serve(port, listener, places):
    async def passes(reader, writer):
        async with places:
            try:
                out_reader, out_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError as error:
                print(f"port {port}: {error}", file=sys.stderr)
                writer.close()
                return
            await asyncio.gather(pump(reader, out_writer), pump(out_reader, writer))
            out_writer.close()
            writer.close()

    async with await asyncio.start_server(passes, sock=listener) as server:
        await server.serve_forever()


async def main(pid, ports):
    made = listeners(pid, ports)
    places = asyncio.Semaphore(CONNECTIONS_MAX)
    tasks = [asyncio.create_task(serve(port, made[port], places)) for port in made]
    print("ready", flush=True)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
