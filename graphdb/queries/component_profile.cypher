// What a component is for: the relations with circuits, by how much more their facts use it than others do.
// @computed from relation_memberships
// @param component: string — name, such as a9.h6
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model — relation id, model id
// @column use — `specific`: the whole interval is above 1; else `other`
// @column lift — mean share of the scores of the relation's circuits / mean over all relations
// @column low, high — ends of its 95% interval over facts; empty where the spread is not known: a relation of one fact, or a single relation
// @column q — of more use than in the other relations, over the relations; empty with under 5 facts
// @column facts, explained, share — facts with a circuit that holds it, facts with a circuit, and the one as a share of the other
// @column score_share, score_share_elsewhere — mean share of the scores of a circuit: here, and in the other relations, each once
