// How much each relation's facts use each component: the component x relation matrix, one cell a row.
// @computed from relation_memberships
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column model — model id
// @column component, kind, layer — name, such as a9.h6; head, kv_head or mlp; layer
// @column relation — relation id
// @column facts, share — facts of the relation with a circuit that holds the component, and as a share of those that have a circuit
// @column score_share — mean share of the scores of the relation's circuits
// @column lift — that / mean of it over all relations, each once
// @column low, high — ends of its 95% interval over facts; empty where the spread is not known
// @column q — of more use than in the other relations, over the components of the relation; empty with under 5 facts
