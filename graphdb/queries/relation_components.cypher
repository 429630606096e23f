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
MATCH (f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, count(DISTINCT CASE WHEN f.relation_id = $relation THEN f.id END) AS n_facts,
  count(DISTINCT CASE WHEN f.relation_id <> $relation THEN f.id END) AS n_others
MATCH (k:Component)<-[:INCLUDES]-(c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE k.model_id = model AND NOT k.kind IN ['embed', 'logits'] AND ($method = '' OR c.method = $method)
WITH k, n_facts, n_others, count(DISTINCT CASE WHEN f.relation_id = $relation THEN f.id END) AS facts,
  count(DISTINCT CASE WHEN f.relation_id <> $relation THEN f.id END) AS others
  WHERE facts > 0
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, k.model_id AS model, facts,
  toFloat(facts) / n_facts AS share, CASE WHEN n_others > 0 THEN toFloat(others) / n_others END AS share_elsewhere
ORDER BY facts DESC, share_elsewhere, component
