"""Circuits of other relations that every circuit is compared with: two packaged facts, the same in every ingest."""

from collections.abc import Collection

import numpy as np

from ingest.discovery.cases import cases_of
from ingest.discovery.discovery import score
from ingest.discovery.recall import recall
from ingest.facts.sets import FactSet, builtin_relations
from ingest.facts.task import Task
from ingest.measures.measure import Reference
from ingest.model import LanguageModel
from ingest.options import Options, Silent
from ingest.settings import Settings

RELATIONS = ("adjective_antonym", "country_capital")
"""The second one is for circuits of the first."""


def others(model: LanguageModel, settings: Settings, relations: Collection[str]) -> list[Reference]:
    """Score the first fact of each of `RELATIONS` that the model knows and that has donors for all parts.

    As far as circuits of `relations` need them: the first one serves every relation but its own.
    """
    found = list[Reference]()
    for each in builtin_relations(RELATIONS):
        if task := _first_complete(model, each, Options(settings)):
            scores = score(model, [task], settings)[0].astype(np.float16)
            found.append(Reference(task.relation_id, task.prompt.fact_id, scores))
        if found and found[0].relation_id not in relations:
            break
    return found


def _first_complete(model: LanguageModel, facts: FactSet, options: Options) -> Task | None:
    """Put one fact after the other to the model: most models know one of the first."""
    for case in cases_of(facts, (), model.encode, options.settings):
        task = recall(model, [case], {}, options, Silent()).tasks.get(case.prompt.fact_id)
        if task and not (options.settings.robust and task.lacks):
            return task
    return None
