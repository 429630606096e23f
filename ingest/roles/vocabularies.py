"""Objects of relations as tokens: what relations are told apart by."""

from collections.abc import Mapping

from ingest.facts.prompts import Encode, encode_prompt
from ingest.facts.sets import builtin_relations


def packaged_vocabularies(encode: Encode) -> Mapping[str, tuple[int, ...]]:
    """Return for each packaged relation the tokens that its objects begin with, behind its first template; ascending.

    The same ones for every ingest: a role must not hang on what else is asked.
    """
    found = dict[str, tuple[int, ...]]()
    for each in builtin_relations():
        prompts = (
            encode_prompt(each.relation.templates[0].replace("{}", fact.subject), fact, encode) for fact in each.facts
        )
        found[each.relation.id] = tuple(sorted({prompt.answers[0] for prompt in prompts if prompt.answers}))
    return found
