"""What the parts of discovery and whole ingests cost."""
