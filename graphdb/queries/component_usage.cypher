// How large a share of each relation's facts uses each component: the component x relation matrix, one cell a row.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column model — model id
// @column component — name, such as a9.h6
// @column kind — head, kv_head or mlp
// @column layer — layer
// @column relation — relation id
// @column facts — facts of the relation with a circuit that holds the component
// @column share — the same as a share of the relation's facts that have a circuit
MATCH (t:FactSummary {method: $method}) WHERE t.model_id <> '' AND ($model = '' OR t.model_id = $model)
MATCH (:Relation {id: t.relation_id})<-[u:USED_BY {method: $method}]-(:Component) WHERE u.model_id = t.model_id
WITH t, u, substring(u.component_id, size(u.model_id) + 1) AS component
WHERE NOT component IN ['embed', 'logits']
RETURN u.model_id AS model, component,
  CASE WHEN component STARTS WITH 'm' THEN 'mlp' WHEN component CONTAINS '.kv' THEN 'kv_head' ELSE 'head' END AS kind,
  toInteger(split(substring(component, 1), '.')[0]) AS layer, u.relation_id AS relation,
  u.n_facts AS facts, toFloat(u.n_facts) / t.n_facts AS share
ORDER BY model, layer, component, relation
