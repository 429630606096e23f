"""The frozen records of what is asked of facts under other conditions: edits, rivals, two hops."""
