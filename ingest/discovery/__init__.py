"""From a batch of tasks to circuits: recall, search, records, and what earlier ingests left."""
