"""What other tools read: one file a format."""
