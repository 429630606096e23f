"""`tests.sample`, with an edit of one of its facts: the capital of France becomes Rome."""

from dataclasses import replace

from graphdb.edit_records import Edit, EditEffects, EditMethod
from graphdb.store import Store
from graphdb.store.score_files import CHANGE, save_content
from graphdb.writing.edit_writers import write_edit_effects, write_edits
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


def fill(store: Store) -> Edit:
    """Write the sample, the variant and the edit with its file; return the edit that names it."""
    sample.fill(store)
    write_model(store, VARIANT)
    link_variants(store, [VARIANT])
    saved = save_content(store.data_folder, EDIT.id, CONTENT, CHANGE)
    edit = replace(EDIT, artifact=saved.name, artifact_sha256=saved.sha256)
    write_edits(store, [edit])
    write_edit_effects(store, [CHANGED, SHAM])
    return edit
