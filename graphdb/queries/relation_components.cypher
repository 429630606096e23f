// Components of a relation by how many of its facts use them, beside how many facts of other relations do.
// @param relation: string — relation id
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column component — name, such as a9.h6
// @column kind — head, kv_head or mlp
// @column layer — layer
// @column model — model id
// @column facts — facts of the relation with a circuit that holds it
// @column share — the same as a share of the relation's facts that have a circuit
// @column share_elsewhere — share of the other relations' facts with a circuit that holds it: the baseline; empty without other relations
MATCH (t:FactSummary {method: $method}) WHERE t.model_id <> '' AND ($model = '' OR t.model_id = $model)
WITH t.model_id AS model, sum(CASE WHEN t.relation_id = $relation THEN t.n_facts ELSE 0 END) AS n_inside,
  sum(CASE WHEN t.relation_id = $relation THEN 0 ELSE t.n_facts END) AS n_outside
MATCH (:Relation {id: $relation})<-[u:USED_BY {method: $method}]-(k:Component)
  WHERE u.model_id = model AND NOT k.kind IN ['embed', 'logits']
MATCH (s:ComponentSummary {id: k.id + '|' + $method})
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, model, u.n_facts AS facts,
  toFloat(u.n_facts) / n_inside AS share,
  CASE WHEN n_outside > 0 THEN toFloat(s.n_facts - u.n_facts) / n_outside END AS share_elsewhere
ORDER BY facts DESC, share_elsewhere, component
