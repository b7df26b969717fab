"""Takes what comes to an address of this machine on to its loopback interface, where containers do not reach.

Open to all that can reach the address, so it is not to stay open for longer than somebody needs it. It must not know
what goes through it.
"""

import contextlib
import socket
import socketserver
import threading

CHUNK = 65536


class Relay(socketserver.ThreadingTCPServer):
    """From any free port of `address` to `port` of the loopback interface. Listens while the `with` block runs."""

    daemon_threads = True
    # The threads end with their connections, and nobody waits for those.
    block_on_close = False

    def __init__(self, address: str, port: int):
        self.target = ("127.0.0.1", port)
        super().__init__((address, 0), Connection)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self) -> "Relay":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A connection that breaks is seen by both its ends."""


class Connection(socketserver.BaseRequestHandler):
    """One connection, both ways."""

    server: Relay

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as there:
            for end in (self.request, there):
                # Or each answer waits for a delayed acknowledgement.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=pump, args=(there, self.request), daemon=True)
            back.start()
            pump(self.request, there)
            back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Passes on what comes from `source`, and its end."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
