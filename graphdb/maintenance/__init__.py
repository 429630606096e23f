"""What keeps a store in order: checks, deletion, migration."""
