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
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, f.relation_id AS relation, count(DISTINCT f.id) AS explained, collect(c) AS circuits
UNWIND circuits AS c
WITH c, c.fact_id AS fact, model, relation, explained
MATCH (c)-[:INCLUDES]->(k:Component)
WITH k, model, relation, explained, count(DISTINCT fact) AS facts WHERE NOT k.kind IN ['embed', 'logits']
RETURN model, k.name AS component, k.kind AS kind, k.layer AS layer, relation, facts,
  toFloat(facts) / explained AS share
ORDER BY model, layer, component, relation
