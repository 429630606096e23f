"""Other libraries' attribution, each in an environment of its own, on prompts of the same shape as ours."""
