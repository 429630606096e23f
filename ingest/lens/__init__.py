"""Where in a model an answer appears, and which tokens its components write."""
