"""What the pages ask, and keep."""
