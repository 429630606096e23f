"""Circuits of whole relations, made from those of their facts."""
