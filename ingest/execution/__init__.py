"""How batches are run: here, in processes of this machine, or on a Ray. Only the driver, which asks, writes."""
