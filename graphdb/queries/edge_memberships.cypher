// The edges of each circuit of a relation's facts, one circuit a row: what comparisons are computed from.
// @param relation: string — relation id
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param facts: integer = 1000000 — most facts to return, the first by id
// @column circuit, fact, subject, relation, model, method — what the circuit explains, in which model, how found
// @column members — its edges, such as a9.h6->a12.h3.q, in no fixed order
// @column scores — their weights, in the same order
MATCH (r:Relation {id: $relation})<-[:OF_RELATION]-(f)<-[:EXPLAINS]-(c)
  WHERE ($fact = '' OR f.id = $fact)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH f, r, collect(c) AS circuits ORDER BY f.id LIMIT $facts
UNWIND circuits AS c
WITH c, f.id AS fact, f.subject AS subject, r.id AS relation
OPTIONAL MATCH (c)-[:HAS_NODE]->()-[e:FLOWS]->()
WITH c, fact, subject, relation, collect(e.edge_id) AS members, collect(e.weight) AS scores
RETURN c.id AS circuit, fact, subject, relation, c.model_id AS model, c.method AS method, members, scores
ORDER BY circuit
