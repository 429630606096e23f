"""What is specific: which components and edges a relation's facts use more than other relations' facts do."""
