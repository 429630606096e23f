"""The lines of a dump that may be damaged, cut or hostile: read one at a time, and never more than is sensible."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from graphdb.errors import UserError

MAGIC = b"\x1f\x8b"
LARGEST_FILE = 64 * 2**30
LARGEST_LINE = 64 * 2**20
"""Bytes of a record: a circuit of a million edges fits."""
EXPANSION = 200
"""Times its size that an archive may expand to; a dump expands to ten times at most, a bomb to a thousand."""
SLACK = 2**20
"""Bytes that any archive may expand to."""


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its number from 1, plain or compressed.

    Raises UserError for what is no file, too large, cannot be read, is cut or damaged; it names the line.
    """
    limit, number = _check(path), 0
    try:
        with _open(path) as stream:
            while line := stream.readline(LARGEST_LINE + 1):
                number += 1
                limit -= len(line)
                if len(line) > LARGEST_LINE or limit < 0:
                    raise _too_large(path, number, limit)
                if not line.endswith(b"\n"):
                    raise UserError(f"{path}:{number}: the file is cut here; take a whole copy of the dump")
                yield number, line
    except EOFError:
        raise UserError(f"{path}:{number + 1}: the file is cut here; take a whole copy of the dump") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path}:{number + 1}: damaged ({error}); take a whole copy of the dump") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error


def _check(path: Path) -> int:
    """Refuse what is no file or too large; return the most bytes that its lines may have."""
    try:
        found = path.stat()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name the file of a dump") from None
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{path}: is not a file; name the file of a dump, which is read twice")
    if found.st_size > LARGEST_FILE:
        size, most = found.st_size / 2**30, LARGEST_FILE // 2**30
        raise UserError(f"{path}: has {size:.0f} GiB; expected a dump of at most {most} GiB")
    return EXPANSION * found.st_size + SLACK


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        compressed = file.read(2) == MAGIC
    return gzip.open(path, "rb") if compressed else path.open("rb")  # type: ignore[return-value]


def _too_large(path: Path, number: int, limit: int) -> UserError:
    if limit < 0:
        return UserError(f"{path}:{number}: the file expands to more than {EXPANSION} times its size: not a dump")
    return UserError(f"{path}:{number}: the line is longer than {LARGEST_LINE // 2**20} MiB: not a dump")
