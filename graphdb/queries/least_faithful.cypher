// Circuits with the lowest faithfulness: those to trust least.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param limit: integer = 25 — most circuits to return
// @column relation — relation id
// @column subject — subject of the fact
// @column faithfulness — faithfulness of the circuit
// @column faithfulness_random — the same for random circuits of equal size and layer profile
// @column target — faithfulness asked for
// @column edges — edges of the circuit
// @column rank_model — rank of the answer in the whole model
// @column rank_circuit — rank of the answer in the circuit
// @column circuit — circuit id
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation) AND ($model = '' OR c.model_id = $model)
    AND ($method = '' OR c.method = $method)
RETURN f.relation_id AS relation, f.subject AS subject, c.faithfulness AS faithfulness,
  c.faithfulness_random AS faithfulness_random, c.target AS target, c.n_edges AS edges,
  c.rank_model AS rank_model, c.rank_circuit AS rank_circuit, c.id AS circuit
ORDER BY faithfulness, circuit
LIMIT $limit
