"""The engines' own bulk imports, for loads that Bolt would carry too slowly."""
