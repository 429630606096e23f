// What sets a relation apart: components, then edges, that its facts use more than those of other relations do.
// Rows are those whose whole interval of the lift is above 1. Edges are read from circuits, which takes seconds.
// @computed from relation_memberships, edge_memberships
// @param relation: string — relation id
// @param facts_elsewhere: integer = 10 — most facts of each other relation whose edges are read, the first by id
// @param limit: integer = 50 — most components, and most edges, to return
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column component, kind, layer — name, such as a9.h6 or a9.h6->a12.h3.q; head, kv_head, mlp or edge; layer, empty for edges
// @column model — model id
// @column lift — mean share of the scores of the relation's circuits / mean over all relations
// @column low, high — ends of its 95% interval over facts
// @column difference — score_share less score_share_elsewhere
// @column q — of more use than in the other relations, over all components, or all edges of the relation; empty with under 5 facts
// @column facts, share — facts of the relation with a circuit that holds it, and as a share of those that have a circuit
// @column share_elsewhere — mean of that share over the other relations
// @column score_share, score_share_elsewhere — mean share of the scores of a circuit: here, and in the other relations, each once
