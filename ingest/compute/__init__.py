"""The mathematics of a batch: prompt runs, runs of circuits, the backward pass, attribution."""
