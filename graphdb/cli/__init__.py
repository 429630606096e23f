"""The commands that need a store alone, and what they print."""
