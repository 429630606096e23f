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
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, collect(c) AS circuits,
  count(DISTINCT CASE WHEN f.relation_id = $relation THEN f.id END) AS n_inside,
  count(DISTINCT CASE WHEN f.relation_id <> $relation THEN f.id END) AS n_outside
UNWIND circuits AS c
MATCH (c)-[:EXPLAINS]->(f:Fact)
WITH c, model, n_inside, n_outside, CASE WHEN f.relation_id = $relation THEN f.id END AS inside,
  CASE WHEN f.relation_id <> $relation THEN f.id END AS outside
MATCH (c)-[:INCLUDES]->(k:Component)
WITH k, model, n_inside, n_outside, count(DISTINCT inside) AS facts, count(DISTINCT outside) AS others
  WHERE facts > 0 AND NOT k.kind IN ['embed', 'logits']
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, model, facts, toFloat(facts) / n_inside AS share,
  CASE WHEN n_outside > 0 THEN toFloat(others) / n_outside END AS share_elsewhere
ORDER BY facts DESC, share_elsewhere, component
