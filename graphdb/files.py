"""Files that appear whole or not at all."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from typing import IO

from graphdb.errors import UserError, unwritable


@contextmanager
def destination(output: Path | None) -> Iterator[IO[bytes]]:
    """Give a stream to `output`, which is replaced only when all is written, or to standard output."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if output.is_dir():
        raise UserError(f"{output} is a folder: name a file in it")
    try:
        with NamedTemporaryFile(dir=output.absolute().parent, prefix=".export-", delete=False) as draft:
            try:
                yield draft
                draft.flush()
                os.fsync(draft.fileno())
                draft.close()
                os.chmod(draft.name, 0o644)
                os.replace(draft.name, output)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise unwritable(output, error) from error


@contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """Give a folder that becomes `output` when all is written; raises UserError where something is there already."""
    try:
        if output.exists() and not (output.is_dir() and not any(output.iterdir())):
            raise UserError(f"{output} is there already: name a new folder")
        draft = Path(mkdtemp(dir=output.absolute().parent, prefix=".export-"))
        try:
            yield draft
            draft.chmod(0o755)
            os.replace(draft, output)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise unwritable(output, error) from error
