"""The one error a user sees: a line that names what was wrong, what was expected and how to fix it."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A user's mistake or a fault of their surroundings. The command line prints it as one line, exit code 2."""


def unknown(kind: str, name: str, choices: Iterable[str], fix: str = "") -> UserError:
    """Return the error for a `name` of `kind` that is not among `choices`, with the nearest of them."""
    known = sorted(choices)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else f"; known: {', '.join(known[:12]) or 'none'}"
    return UserError(f"{kind} {name!r} is unknown{hint}" + (f"; {fix}" if fix else ""))
