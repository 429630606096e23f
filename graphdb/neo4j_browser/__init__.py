"""For users of Neo4j Browser: a style for the graph's labels, and the query library as its saved scripts."""
