"""How batches are run: here, or in processes of this machine. Only the driver, which asks for them, writes."""
