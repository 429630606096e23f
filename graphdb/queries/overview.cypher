// What the store holds, and how good its circuits are, in one row.
// @param model: string = "" — model id; empty: every model
// @column models — models
// @column relations — relations
// @column facts — facts
// @column known — recalled facts that a model knows, counted once for each model
// @column circuits — circuits
// @column reached — circuits that reach their target faithfulness
// @column edges — edges of all circuits
// @column median_edges — median edges of a circuit
// @column faithfulness — mean faithfulness of the circuits
// @column faithfulness_random — the same for random circuits of equal size and layer profile
// @column hit10 — share of the circuits that rank the answer among the ten best
// @column hit10_random — the same for the random circuits
OPTIONAL MATCH (m:Model) WHERE $model = '' OR m.id = $model
WITH count(m) AS models
OPTIONAL MATCH (r:Relation)
WITH models, count(r) AS relations
OPTIONAL MATCH (f:Fact)
WITH models, relations, count(f) AS facts
OPTIONAL MATCH (k:Recall) WHERE k.known AND ($model = '' OR k.model_id = $model)
WITH models, relations, facts, count(k) AS known
OPTIONAL MATCH (c:Circuit) WHERE $model = '' OR c.model_id = $model
RETURN models, relations, facts, known, count(c) AS circuits, sum(CASE WHEN c.reached THEN 1 ELSE 0 END) AS reached,
  sum(c.n_edges) AS edges, percentileCont(c.n_edges, 0.5) AS median_edges, avg(c.faithfulness) AS faithfulness,
  avg(c.faithfulness_random) AS faithfulness_random, avg(CASE WHEN c.hit10_circuit THEN 1.0 ELSE 0.0 END) AS hit10,
  avg(c.hit10_random) AS hit10_random
