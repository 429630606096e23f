"""What is asked: relations and facts, their prompts and donors, and the tasks made of them."""
