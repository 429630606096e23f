"""A real Neo4j on this machine without docker: its Java, its jars, its process."""
