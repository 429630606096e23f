// Faithfulness and its baselines by the size of circuits: a large circuit of anything is faithful to some degree.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column model, method — in which model, how the circuits were found
// @column from_edges, to_edges — sizes of the row: each ends at twice the edges that the one before it ends at
// @column circuits — circuits of that size, judged on donors never used
// @column faithfulness, faithfulness_lowest — mean faithfulness, and mean of the lowest judge
// @column faithfulness_random, random_spread — of random circuits of equal size and layer profile, and their standard deviation
// @column faithfulness_other — of another relation's circuit of equal size
// @column completeness — of the model without the circuit
// @column untrained — circuits with edges beyond those that their method trains
MATCH (c:Circuit)
  WHERE ($relation = '' OR split(c.fact_id, '/')[0] = $relation) AND ($model = '' OR c.model_id = $model)
    AND ($method = '' OR c.method = $method) AND c.judged_on = 'unseen' AND c.n_edges > 0
WITH c, reduce(most = 32, step IN range(1, 20) | CASE WHEN c.n_edges > most THEN most * 2 ELSE most END) AS to_edges
RETURN c.model_id AS model, c.method AS method, CASE to_edges WHEN 32 THEN 1 ELSE to_edges / 2 + 1 END AS from_edges,
  to_edges, count(c) AS circuits, avg(c.faithfulness) AS faithfulness, avg(c.faithfulness_lowest) AS faithfulness_lowest,
  avg(c.faithfulness_random) AS faithfulness_random, avg(c.random_spread) AS random_spread,
  avg(c.faithfulness_other) AS faithfulness_other, avg(c.completeness) AS completeness,
  sum(CASE WHEN c.untrained > 0 THEN 1 ELSE 0 END) AS untrained
ORDER BY model, method, to_edges
