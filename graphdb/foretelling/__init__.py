"""What is told before it is known, from figures of the store and weights that a benchmark fitted."""
