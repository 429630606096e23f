"""How a model recalls a stored fact, as one story: `explain` reads it from a store, `story` tells it of records."""

from graphdb.explain.records import Given, Story
from graphdb.explain.stored import explain
from graphdb.explain.story import story

__all__ = ["Given", "Story", "explain", "story"]
