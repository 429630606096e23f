// The components of each relation's circuits, one relation a row: what comparisons of relations are computed from.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model, method — whose circuits, in which model, how found
// @column circuits — circuits of the relation
// @column members — names of the components that any of them holds, in no fixed order; embedding and logits, in every circuit, are left out
// @column holders — circuits that hold each, in the same order
// @column shares — sum of its shares of these circuits' scores, in the same order
MATCH (t:FactSummary {method: $method}) WHERE t.model_id <> '' AND ($model = '' OR t.model_id = $model)
OPTIONAL MATCH (:Relation {id: t.relation_id})<-[u:USED_BY {method: $method}]-(:Component)
  WHERE u.model_id = t.model_id AND NOT u.component_id IN [t.model_id + '/embed', t.model_id + '/logits']
WITH t, collect(substring(u.component_id, size(t.model_id) + 1)) AS members, collect(u.n_circuits) AS holders,
  collect(u.share / 16777216.0) AS shares
RETURN t.relation_id AS relation, t.model_id AS model, t.method AS method, t.n_circuits AS circuits,
  members, holders, shares
ORDER BY relation, model
