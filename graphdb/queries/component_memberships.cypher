// The components of each circuit, one circuit a row: what comparisons are computed from.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit, fact, relation, model, method — what the circuit explains, in which model, how found
// @column members — names of its components, in no fixed order; embedding and logits, in every circuit, are left out
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation) AND ($fact = '' OR f.id = $fact)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c, f.id AS fact, f.relation_id AS relation
MATCH (c)-[:INCLUDES]->(k:Component) WHERE NOT k.name IN ['embed', 'logits']
WITH c, fact, relation, collect(k.name) AS members
RETURN c.id AS circuit, fact, relation, c.model_id AS model, c.method AS method, members
ORDER BY circuit
