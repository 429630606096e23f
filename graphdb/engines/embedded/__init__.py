"""The embedded engine, ArcadeDB in this process, and what watches over it."""
