"""Circuits and relations as profiles of score: how alike they are, where sets of names see little.

`profiles.profiles` makes them from the corpus that every comparison works on; `similarity` compares them,
`relation_profiles`, `retrieval` and `nearest` each answer one question.
"""
