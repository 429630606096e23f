// Circuits in brief: what they explain, how large they are and how faithful. `circuits` has all their figures.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit, fact, relation, subject, object, model, method — what the circuit explains, in which model, how found
// @column edges, nodes — size; keys and values count as edges of their kv-head, kv-heads do not count as nodes
// @column judged_on, faithfulness, target — the donors that judge, faithfulness on them, and what was asked for
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r
MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN c.id AS circuit, f.id AS fact, f.relation_id AS relation, f.subject AS subject, f.object AS object,
  c.model_id AS model, c.method AS method, c.n_edges AS edges, c.n_nodes AS nodes, c.judged_on AS judged_on,
  c.faithfulness AS faithfulness, c.target AS target
ORDER BY circuit
