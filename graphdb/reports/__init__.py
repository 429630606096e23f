"""What leaves a store for people: a circuit, or two in one drawing, as one HTML file and in a notebook."""
