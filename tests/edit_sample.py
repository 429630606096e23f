"""`tests.sample`, with an edit of one of its facts: the capital of France becomes Rome."""

from dataclasses import replace

from graphdb.conditions.edits import (
    Against,
    Edit,
    EditAction,
    EditChange,
    EditCircuit,
    EditEffects,
    EditLens,
    EditMethod,
    Stage,
)
from graphdb.store import Store
from graphdb.store.score_files import CHANGE, save_content
from graphdb.writing.edit_writers import (
    write_edit_actions,
    write_edit_changes,
    write_edit_circuits,
    write_edit_effects,
    write_edit_lenses,
    write_edits,
)
from graphdb.writing.writers import link_variants, write_model
from tests import sample

VARIANT = replace(
    sample.MODEL, id="toy~12345678", name="toy~12345678", variant_of=sample.MODEL.id, weights_sha256="12" * 32
)
CONTENT = b"a change"
EDIT = Edit(
    model_id=sample.MODEL.id,
    variant_id=VARIANT.id,
    fact_id="country_capital/France",
    prompt="The capital of France is",
    subject="France",
    given=" Paris",
    object="Rome",
    method=EditMethod.ROME,
    layer=1,
    seed=0,
    norm=0.5,
    share=0.03125,
    steps=12,
    nll=0.0625,
    tokens=8000,
    condition=1024.0,
    moment_sha256="34" * 32,
    weights_sha256=VARIANT.weights_sha256,
    seconds=2.5,
)
CHANGED = EditEffects(
    variant_id=VARIANT.id,
    is_sham=False,
    efficacy=1.0,
    probability=0.75,
    paraphrase_prefix=0.875,
    paraphrase_template=0.5,
    neighbourhood=0.75,
    other=0.9375,
    kl_neighbourhood=0.25,
    kl_other=0.03125,
    spread=0.125,
    flips=4,
    flips_firm=2,
    n_neighbourhood=8,
    n_other=16,
)
SHAM = replace(
    CHANGED,
    is_sham=True,
    efficacy=0.0,
    probability=0.0,
    paraphrase_prefix=0.0,
    paraphrase_template=None,
    neighbourhood=0.875,
    other=1.0,
    spread=0.0,
    flips=1,
    flips_firm=0,
)

_CHANGE = EditChange(
    variant_id=VARIANT.id,
    bystander="country_capital/Italy",
    kl=0.5,
    kl_sham=0.125,
    answer_before=" Rome",
    answer=" Rome",
    answer_sham=" Rome",
    flipped=False,
    flipped_sham=False,
)
CHANGES = (
    _CHANGE,
    replace(
        _CHANGE, bystander="antonym/hot", kl=1.5, kl_sham=0.25, answer_before=" cold", answer=" Rome", flipped=True,
        answer_sham=" cold",
    ),
    replace(_CHANGE, bystander="elsewhere/Peru", kl=0.0, answer_before=" Lima", answer=" Lima", answer_sham=" Lima"),
)  # fmt: skip
"""Of the relation, of another one, and of one that the store does not hold."""

_CIRCUIT = EditCircuit(
    variant_id=VARIANT.id,
    fact_id="country_capital/France",
    against=Against.EDIT,
    answer_before=" Paris",
    answer=" Rome",
    donors=("country_capital/Italy", "name:Norway"),
    n_edges_before=8,
    n_edges=7,
    jaccard=0.5,
    reweighted=0.25,
    came=(0, 1, 1),
    went=(2, 0, 1),
    mlp_before=0.125,
    mlp=0.375,
    movers_before=0.25,
    movers=0.125,
    relation_before=None,
    relation=None,
)
CIRCUITS = (
    _CIRCUIT,
    replace(
        _CIRCUIT,
        against=Against.DONORS,
        answer=" Paris",
        donors=("name:Peru", "country_capital/Kenya"),
        jaccard=0.75,
        mlp=0.125,
    ),
    replace(_CIRCUIT, against=Against.SHAM, answer=" Paris", jaccard=0.875, reweighted=None, came=(0, 0, 0)),
)
ACTION = EditAction(
    variant_id=VARIANT.id,
    is_sham=False,
    old=" Paris",
    new=" Rome",
    before=-4.0,
    change=8.0,
    at_subject=7.5,
    at_last=0.25,
    direct=0.5,
    movers=4.0,
    n_movers=3,
    heads=2.0,
    mlps=1.0,
    rest=0.5,
    fingerprint="56" * 16,
)
ACTIONS = (ACTION, replace(ACTION, is_sham=True, change=0.25, at_subject=0.125, at_last=0.0, movers=None, n_movers=0))
_LENS = EditLens(
    variant_id=VARIANT.id,
    stage=Stage.BEFORE,
    blocks=("embed", "a0", "m0"),
    old=(0.0, 1.0, 4.0),
    new=(0.5, 0.25, -1.0),
    emergence_old="a0",
    emergence_new="",
)
LENSES = (
    _LENS,
    replace(_LENS, stage=Stage.EDIT, new=(0.5, 2.0, 6.0), emergence_old="", emergence_new="m0"),
    replace(_LENS, stage=Stage.SHAM, old=(0.0, 1.0, 3.5)),
)


def fill(store: Store) -> Edit:
    """Write the sample, the variant and the edit with its file; return the edit that names it."""
    sample.fill(store)
    write_model(store, VARIANT)
    link_variants(store, [VARIANT])
    saved = save_content(store.data_folder, EDIT.id, CONTENT, CHANGE)
    edit = replace(EDIT, artifact=saved.name, artifact_sha256=saved.sha256)
    write_edits(store, [edit])
    write_edit_effects(store, [CHANGED, SHAM])
    write_edit_changes(store, CHANGES)
    write_edit_circuits(store, CIRCUITS)
    write_edit_actions(store, ACTIONS)
    write_edit_lenses(store, LENSES)
    return edit
