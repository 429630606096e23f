// Components of a relation's circuits, the most specific first, and how much other relations use them.
// @computed from relation_memberships
// @param relation: string — relation id
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column component, kind, layer — name, such as a9.h6; head, kv_head or mlp; layer
// @column model — model id
// @column use — `specific`: the whole interval is above 1; `everywhere`: typical of 80% of all relations without that; else `other`
// @column lift — mean share of the scores of the relation's circuits / mean over all relations
// @column low, high — ends of its 95% interval over facts; empty where the spread is not known: a relation of one fact, or a single relation
// @column q — of more use than in the other relations, over all components; empty with under 5 facts
// @column facts, share — facts of the relation with a circuit that holds it, and as a share of those that have a circuit
// @column share_elsewhere — mean of that share over the other relations; empty without other relations
// @column score_share, score_share_elsewhere — mean share of the scores of a circuit: here, and in the other relations, each once
