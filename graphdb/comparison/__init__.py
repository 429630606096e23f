"""Comparison of circuits on sparse matrices: what is shared, beside what size and popularity alone would share."""
