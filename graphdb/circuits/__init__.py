"""What follows from a stored circuit without a model: other counts, other sizes, what stands beside it."""
