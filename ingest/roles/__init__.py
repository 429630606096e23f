"""Roles of attention heads: which of them write an object from its subject, and which make a relation's objects."""
