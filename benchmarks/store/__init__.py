"""How a store of many circuits fares, on both engines; `benchmarks.size` runs it."""
