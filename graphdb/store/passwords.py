"""A server's password: from the environment, a file or a prompt, and from nowhere else."""

import getpass
import os
import stat
import sys
from pathlib import Path

from graphdb.errors import UserError


def server_password(target: str, user: str) -> str:
    """Return $NEO4J_PASSWORD, else what the file $NEO4J_PASSWORD_FILE holds, else what the user types in a terminal.

    Empty where none is given: a server may want none. Raises UserError for a file that cannot be read or that others
    may read.
    """
    if "NEO4J_PASSWORD" in os.environ:
        return os.environ["NEO4J_PASSWORD"]
    named = os.environ.get("NEO4J_PASSWORD_FILE")
    if named:
        return _from_file(Path(named).expanduser())
    if "NEO4J_USERNAME" in os.environ and sys.stdin.isatty() and sys.stderr.isatty():
        return getpass.getpass(f"password of {user} at {target}: ")
    return ""


def _from_file(path: Path) -> str:
    try:
        if os.name != "nt" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UserError(f"others may read {path}, which NEO4J_PASSWORD_FILE names: chmod 600 it")
        return path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise UserError(f"{path}, which NEO4J_PASSWORD_FILE names, cannot be read ({error.strerror})") from error
