"""Requests that are sent when their time has come, whether or not earlier ones are answered; their time counts from
then. So a daemon that stands still for a second is charged for all that should have been answered meanwhile."""

import asyncio
import time


class Client:
    """One connection that is kept. What is asked while an answer is on its way waits for it, and its clock runs."""

    def __init__(self, port):
        self.port, self.reader, self.writer, self.turn = port, None, None, asyncio.Lock()

    async def get(self, request):
        async with self.turn:
            if not self.writer:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"refused: {head.decode()}")
            fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
            body = await self.reader.readexactly(int(fields[b"content-length"]))
            if fields.get(b"connection") == b"close":
                self.writer.close()
                self.writer = None
            return body


async def _run(port, requests, rate, clients):
    doors = [Client(port) for _ in range(clients)]
    begin = time.perf_counter() + 0.2

    async def one(number):
        due = begin + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        sent = time.perf_counter()
        body = await doors[number % clients].get(requests[number])
        return time.perf_counter() - due, sent - due, body
    return await asyncio.gather(*(one(number) for number in range(len(requests))))


def load(port, requests, rate=50, clients=16):
    """For each request: seconds from when it was due to its answer, seconds that this program itself was late, body."""
    return asyncio.run(_run(port, requests, rate, clients))
