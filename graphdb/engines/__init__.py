"""The graph engines behind a store: what runs them and how they are reached."""
