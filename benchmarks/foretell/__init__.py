"""What can be told before it is known: whether an answer is wrong, and which answers an edit damages."""
