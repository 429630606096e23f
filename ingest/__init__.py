"""Facts and a model in, one knowledge circuit for each fact out, into the store."""
