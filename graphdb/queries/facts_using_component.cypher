// Facts whose circuits hold a component, the heaviest use first.
// @param component: string — name, such as a9.h6
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param limit: integer = 1000 — most facts to return
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column score — sum of the absolute weights of the component's outgoing edges in the circuit (of the incoming ones at the logits)
// @column faithfulness — faithfulness of the circuit
// @column faithfulness_random — the same for random circuits of equal size and layer profile
// @column fact — fact id
// @column circuit — circuit id
MATCH (k:Component {name: $component})
WITH k ORDER BY k.id
MATCH (k)<-[i:INCLUDES]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
    AND ($relation = '' OR split(c.fact_id, '/')[0] = $relation)
WITH i.score AS score, c ORDER BY score DESC, c.id LIMIT $limit
MATCH (c)-[:EXPLAINS]->(f:Fact)
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object, score,
  c.faithfulness AS faithfulness, c.faithfulness_random AS faithfulness_random, f.id AS fact, c.id AS circuit
ORDER BY score DESC, circuit
