"""Which of several layers facts are best edited in, told by trying: a few edits of known packaged facts in each.

Where overlaps are near to each other they do not tell layers apart. What does is whether an edit holds in other words
and spares its relation; whether it is made at all, it is in any layer.
"""

import json
from collections.abc import Sequence

from graphdb.conditions.edits import EditMethod
from graphdb.errors import UserError
from graphdb.files import destination
from graphdb.records import Fact
from ingest.editing.bench import Bench, bench_at, learn, questions
from ingest.editing.effects import effects, shifts
from ingest.editing.layer import kept_overlaps
from ingest.editing.moment import TOKENS
from ingest.editing.prompts.bystanders import Bystanders, known_facts
from ingest.editing.prompts.request import Request, check_request
from ingest.editing.variant import apply
from ingest.facts.names import fact_hash
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel
from ingest.model_files import models_cache
from ingest.options import Progress

WITHIN = 1.4
"""Layers whose overlap is at most so many times the smallest are tried."""
FACTS = 6
"""Facts that are edited in each."""


def best_layer(model: LanguageModel, seed: int, progress: Progress) -> int:
    """Return the layer for ROME: of those with nearly the smallest overlap that in which edits of `probes` hold best.

    Kept in the model cache, for it takes minutes the first time; a model that knows no packaged fact has the layer
    with the smallest overlap.
    """
    near = candidates(model, seed)
    found = kept_scores(model, near, seed, progress) if len(near) > 1 else {}
    return max(near, key=lambda layer: found[layer]) if found else near[0]


def candidates(model: LanguageModel, seed: int) -> list[int]:
    """Return the layers whose overlap is within `WITHIN` times the smallest, the smallest first."""
    overlaps = kept_overlaps(model, seed)
    near = [layer for layer, each in enumerate(overlaps) if each <= WITHIN * min(overlaps)]
    return sorted(near, key=lambda layer: overlaps[layer])


def kept_scores(model: LanguageModel, layers: Sequence[int], seed: int, progress: Progress) -> dict[int, float]:
    """Layer -> its score, see `score`, from the model cache or measured and kept there; empty: no fact is known."""
    path = models_cache() / f"probes-{model.record.weights_sha256}-{TOKENS}-{seed}.json"
    try:
        found = {int(layer): float(each) for layer, each in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        found = {}
    if set(found) != set(layers):
        sets = builtin_relations()
        known = known_facts(model, sets)
        requests = probes(model, sets, known)
        progress.stage("trying layers", len(layers) * len(requests))
        found = {
            layer: score(bench_at(model, sets, known, EditMethod.ROME, layer, seed), requests, progress)
            for layer in (layers if requests else ())
        }
        with destination(path) as file:
            file.write(json.dumps(found).encode())
    return found


def probes(model: LanguageModel, sets: Sequence[FactSet], known: Bystanders) -> list[Request]:
    """Return the edits that layers are tried with: known facts of different relations, the same each time.

    The first fact of a relation by hash that can be edited, with the first other object by hash. No benchmark reports
    on them.
    """
    names = {each.prompt.fact_id for each in known.facts}
    found = list[Request]()
    for given in sorted(sets, key=lambda each: fact_hash(each.relation.id)):
        facts = sorted((each for each in given.facts if each.id in names), key=lambda each: fact_hash(each.id))
        request = next((each for fact in facts if (each := _request(model, given, fact, sets))), None)
        found += [request] if request else []
    return found[:FACTS]


def _request(model: LanguageModel, given: FactSet, fact: Fact, sets: Sequence[FactSet]) -> Request | None:
    """Return the edit of a fact; None where it cannot be made."""
    others = {each.object for each in given.facts} - set(fact.accepted)
    if not others:
        return None
    try:
        return check_request(model, fact, min(others, key=lambda each: fact_hash(f"{fact.id} {each}")), sets, 0)
    except UserError:
        return None


def score(bench: Bench, requests: Sequence[Request], progress: Progress) -> float:
    """Return how well edits of a layer hold and spare: the mean of paraphrases given and neighbours unchanged."""
    shares = list[float]()
    for request in requests:
        after = apply(bench.model, learn(bench, request).change)
        asked = questions(bench, request, 0)
        found = effects(after, asked, shifts(after, asked.bystanders), after.record.id, is_sham=False)
        shares += [each for each in (found.paraphrase_prefix, found.neighbourhood) if each is not None]
        progress.advance(1)
    return sum(shares) / len(shares)
