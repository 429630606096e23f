"""What stands against a fact's object: wrong answers and right ones, and which components push each."""
