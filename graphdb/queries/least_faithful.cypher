// Circuits with the lowest faithfulness: those to trust least.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param limit: integer = 25 — most circuits to return
// @column relation, subject, method — what the circuit explains, and how it was found
// @column faithfulness, judged_on — faithfulness, and the part of the donors that it is the mean over: `unseen`, `size` or `find`
// @column faithfulness_size, target — lowest faithfulness on the donors that chose the size, and what was asked for there
// @column faithfulness_random — faithfulness of random circuits of equal size and layer profile
// @column faithfulness_other — the same of another relation's circuit of equal size; empty if there was none
// @column edges — edges of the circuit
// @column rank_model — rank of the answer in the whole model
// @column rank_circuit — rank of the answer in the circuit
// @column circuit — circuit id
MATCH (c:Circuit)
  WHERE ($relation = '' OR split(c.fact_id, '/')[0] = $relation) AND ($model = '' OR c.model_id = $model)
    AND ($method = '' OR c.method = $method) AND c.faithfulness IS NOT NULL
WITH c ORDER BY c.faithfulness, c.id LIMIT $limit
MATCH (c)-[:EXPLAINS]->(f:Fact)
RETURN f.relation_id AS relation, f.subject AS subject, c.method AS method, c.faithfulness AS faithfulness,
  c.judged_on AS judged_on, c.faithfulness_size AS faithfulness_size, c.target AS target,
  c.faithfulness_random AS faithfulness_random, c.faithfulness_other AS faithfulness_other, c.n_edges AS edges,
  c.rank_model AS rank_model, c.rank_circuit AS rank_circuit, c.id AS circuit
ORDER BY faithfulness, circuit
