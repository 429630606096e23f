"""Which answers an edit damages, and what foretells it before the model is touched."""
