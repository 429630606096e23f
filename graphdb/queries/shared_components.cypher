// Components that relations share beyond others: of the relations asked for, or of any, the most specific first.
// @computed from relation_memberships
// @param relations: string = "" — relation ids, with commas; empty: every relation
// @param min_relations: integer = 0 — least number of them that share it; 0: all that are named, 2 where none is
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column component, kind, layer — name, such as a9.h6; head, kv_head or mlp; layer
// @column model — model id
// @column use — `specific`: the whole interval is above 1; `everywhere`: typical of 80% of all relations without that; else `other`
// @column shared_by — the relations that the row is about, the largest lift first
// @column lift — the least of its lifts in them: mean share of the scores of their circuits / mean over all relations
// @column low, high — ends of the 95% interval over facts, not corrected for the choice of the relations as q is; empty where the spread is not known
// @column q — of more use in each of them than in the other relations, over all components; empty with under 5 facts
// @column facts, share — facts of these relations with a circuit that holds it, and as a share of those that have a circuit
// @column score_share, score_share_all — mean share of the scores of a circuit: in these relations, in all, each relation once
// @column relations — relations of the store with a circuit that holds it
