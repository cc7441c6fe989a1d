"""A TCP proxy before the broker that can cut all its connections at once, as a lost network path does."""

import asyncio
import socket
import struct
import threading


class Proxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.port = None
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait(10)

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def cut(self):
        """Resets every connection on both sides; returns how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut(), self.loop).result(10)

    def close(self):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    async def _cut(self):
        writers = list(self.writers)
        for writer in writers:
            self._reset(writer)
        return len(writers) // 2

    async def _close(self):
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @staticmethod
    def _reset(writer):
        connection = writer.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0:
            # With a linger of zero seconds closing sends RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _accept(self, client_reader, client_writer):
        try:
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            self._reset(client_writer)
            return
        pair = {client_writer, broker_writer}
        self.writers |= pair
        try:
            await asyncio.gather(
                self._copy(client_reader, broker_writer, pair), self._copy(broker_reader, client_writer, pair)
            )
        except asyncio.CancelledError:
            pass  # The proxy closes.
        finally:
            self.writers -= pair

    @staticmethod
    async def _copy(reader, writer, pair):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            for one in pair:
                one.close()
