// The components of each relation's circuits, one relation a row: what comparisons of relations are computed from.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param component: string = "" — name of the one component to return, such as a9.h6; empty: every component
// @column relation, model, method — whose circuits, in which model, how found
// @column facts, circuits — facts of the relation that have a circuit, and their circuits
// @column members — names of the components that any of them holds, in no fixed order; embedding and logits, in every circuit, are left out
// @column holders, facts_holding — circuits, and facts with a circuit, that hold each, in the same order
// @column shares, squares — sum over facts of its share of their circuits' scores, and of its square, in the same order
MATCH (t:FactSummary {method: $method}) WHERE t.model_id <> '' AND ($model = '' OR t.model_id = $model)
OPTIONAL MATCH (:Relation {id: t.relation_id})<-[u:USED_BY {method: $method}]-(:Component)
  WHERE u.model_id = t.model_id AND NOT u.component_id IN [t.model_id + '/embed', t.model_id + '/logits']
    AND ($component = '' OR u.component_id = t.model_id + '/' + $component)
WITH t, collect(substring(u.component_id, size(t.model_id) + 1)) AS members, collect(u.n_circuits) AS holders,
  collect(u.n_facts) AS facts_holding, collect(u.share / 16777216.0) AS shares,
  collect(u.share_squares / 16777216.0 / 262144.0) AS squares
RETURN t.relation_id AS relation, t.model_id AS model, t.method AS method, t.n_facts AS facts,
  t.n_circuits AS circuits, members, holders, facts_holding, shares, squares
ORDER BY relation, model
