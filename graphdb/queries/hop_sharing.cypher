// What circuits of composed or reversed facts share with those of the facts that they follow from, beside other facts' circuits.
// @computed from relation_facts, ways, component_memberships, edge_memberships
// @param relation: string = "" — id of a derived relation; empty: every one
// @param level: string = "component" — what circuits are made of: `component`, `edge`, `layer` or `channel`
// @param model: string = "" — model id; empty: the only one with circuits
// @param method: string = "" — discovery method; empty: the only one
// @column relation, model, method — the derived relation, model id, how the circuits were found
// @column part, source — `first` or `second` hop, or `forward` of what is reversed; the relation of that
// @column facts — facts that have a circuit, as the fact has that they follow from
// @column alike — how alike the two are: inner product of their profiles, 0 to 1; mean over the facts
// @column alike_other_facts — the same with the circuits of the source's other facts
// @column above, low, high — the one less the other, and the ends of its 95% interval over facts
// @column alike_other_relations — the same with the circuits of relations that are not derived, and no source of this one
