"""Ports of this machine's loopback."""

import socket

from graphdb.errors import UserError


def free_port(port: int) -> int:
    """Return `port` if nothing listens there, a free one for 0. Raises UserError when it is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = f"port {port} cannot be used ({error.strerror})"
            raise UserError(f"{reason}; end what listens there or choose another with --port") from error
        return probe.getsockname()[1]
