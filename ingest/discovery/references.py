"""Circuits of other relations that every circuit is compared with: two packaged facts, the same in every ingest."""

import numpy as np

from ingest.discovery.discovery import score
from ingest.discovery.recall import recall
from ingest.facts.prompts import prepare
from ingest.facts.sets import builtin_relations
from ingest.measures.measure import Reference, References
from ingest.model import LanguageModel
from ingest.options import Options, Silent
from ingest.settings import Settings

RELATIONS = ("adjective_antonym", "country_capital")
"""The second one is for circuits of the first."""


def references(model: LanguageModel, settings: Settings) -> References:
    """Score the first fact of each of `RELATIONS` that the model knows and that has donors for all parts."""
    options, found = Options(settings), list[Reference]()
    for each in builtin_relations(RELATIONS):
        tasks = recall(model, prepare(each, model.encode), {}, options, Silent()).tasks
        complete = [task for task in tasks.values() if not (settings.robust and task.lacks)]
        if complete:
            scores = score(model, complete[:1], settings)[0].astype(np.float16)
            found.append(Reference(each.relation.id, complete[0].prompt.fact_id, scores))
    return found
