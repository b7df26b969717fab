"""Forwards connections from an address of this machine to its loopback interface, which containers cannot reach.

Everybody who can reach the address can use the relay, so it must not stay open longer than needed. It must not know
what passes through it."""

import contextlib
import socket
import socketserver
import threading

CHUNK = 65536


class Relay(socketserver.ThreadingTCPServer):
    """Forwards from any free port of `address` to `port` of the loopback interface while the `with` block runs."""

    daemon_threads = True
    # Each thread ends with its connection, so closing the server need not wait for them.
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
        """Prints nothing: both ends notice a broken connection themselves."""


class Connection(socketserver.BaseRequestHandler):
    """One connection, forwarded in both directions."""

    server: Relay

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as there:
            for end in (self.request, there):
                # Without this each response waits for a delayed acknowledgement.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=pump, args=(there, self.request), daemon=True)
            back.start()
            pump(self.request, there)
            back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Copies all data from `source` to `target`, and then closes that direction."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
