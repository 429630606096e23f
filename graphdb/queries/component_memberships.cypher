// The components of each circuit, one circuit a row: what comparisons are computed from.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit, fact, subject, relation, model, method — what the circuit explains, in which model, how found
// @column members — names of its components, in no fixed order; embedding and logits, in every circuit, are left out
// @column scores — their scores, in the same order
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r
MATCH (r)<-[:OF_RELATION]-(f)<-[:EXPLAINS]-(c)
  WHERE ($fact = '' OR f.id = $fact)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c, f.id AS fact, f.subject AS subject, r.id AS relation
OPTIONAL MATCH (c)-[:HAS_NODE]->(n:CircuitNode) WHERE NOT n.name IN ['embed', 'logits']
WITH c, fact, subject, relation, collect(n.name) AS members, collect(n.score) AS scores
RETURN c.id AS circuit, fact, subject, relation, c.model_id AS model, c.method AS method, members, scores
ORDER BY circuit
