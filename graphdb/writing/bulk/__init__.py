"""The engines' own roads for loads that Bolt would carry too slowly."""
