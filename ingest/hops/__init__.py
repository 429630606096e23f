"""Two-hop facts: whether a model answers them by way of the first hop, or past it."""
