"""The door for statements of a user's own: they read, within limits, and do nothing else, on both engines."""
