"""The one error a user sees: a line that names what was wrong, what was expected and how to fix it."""

import difflib
import errno
from collections.abc import Iterable

REMEDIES = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some space and run the command again",
    errno.EROFS: "choose a place that can be written to",
    errno.EACCES: "choose a place that you may use",
}
"""Faults of the user's machine, and what to do."""


class UserError(Exception):
    """A user's mistake or a fault of their surroundings. The command line prints it as one line, exit code 2."""


def unknown(kind: str, name: str, choices: Iterable[str], fix: str = "") -> UserError:
    """Return the error for a `name` of `kind` that is not among `choices`, with the nearest of them."""
    known = sorted(choices)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else f"; known: {', '.join(known[:12]) or 'none'}"
    return UserError(f"{kind} {name!r} is unknown{hint}" + (f"; {fix}" if fix else ""))


def unwritable(what: object, error: OSError) -> UserError:
    """Return the error for what cannot be written, with what to do about it."""
    fault = error.strerror or type(error).__name__
    return UserError(f"{what} cannot be written ({fault}): {REMEDIES.get(error.errno or 0, 'choose another place')}")
