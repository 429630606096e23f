"""Charts and the drawing of circuits."""
