"""The command line `kcircuits`: its commands, their options, what they print, and how they show their progress."""

from ingest.cli.program import app, main

__all__ = ["app", "main"]
