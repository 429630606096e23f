"""Records in, graph out: statements, writers, and the summaries that they keep exact."""
