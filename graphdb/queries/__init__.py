"""The query library: one documented `.cypher` file a question, and what finds, binds and documents them."""
