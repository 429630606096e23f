"""How the weights of an edit are found: a rank-one update, fine-tuning, and a sham of either."""
