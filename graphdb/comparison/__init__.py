"""Comparison of circuits on sparse matrices: what is shared, beside what size and popularity alone would share.

`memberships.load` reads a store once; every other module answers one question about what it returns, and
`answers.answer` is how the command line and notebooks (`Store.compare`) ask them.
"""
