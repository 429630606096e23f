"""How good each method's circuits are at its price: `python -m benchmarks.quality`."""
