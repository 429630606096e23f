"""Demonstrations: other facts of the relation before a prompt, and what they change."""
