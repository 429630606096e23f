// What the store holds, and how good its circuits are: a row for each model and method that has circuits, else one row.
// Figures are means over the circuits judged as strictly as any of the row: on donors never used where there are such.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column models, relations, facts — models, relations and facts of the store
// @column known — recalled facts that a model knows, counted once for each model
// @column model, method — model and method of the circuits below; empty if there are none
// @column circuits, reached — circuits, and those that reach their target on every donor that chose their size
// @column judged_on, judged — strictest part of the donors that judge (`find`, `size`, `unseen`), and circuits judged on it
// @column faithfulness, median_faithfulness — mean and median faithfulness on the donors that judge
// @column faithfulness_random — mean faithfulness of random circuits of equal size and layer profile
// @column faithfulness_other — mean faithfulness of another relation's circuits of equal size
// @column completeness — mean faithfulness of the model without the circuit: 0 if nothing survives
// @column stability — mean Jaccard with the circuit that other donors find
// @column hit10_model, hit10, hit10_random — share that rank the answer among the ten best: model, circuits, random circuits
// @column edges, median_edges, median_edges_searched — edges of all circuits, median edges of one, median before pruning by exact tests
// @column lack_unseen, lack_size — circuits with too few donors never used, and without one to choose the size
OPTIONAL MATCH (m:Model) WHERE $model = '' OR m.id = $model
WITH count(m) AS models
OPTIONAL MATCH (r:Relation)
WITH models, count(r) AS relations
OPTIONAL MATCH (f:Fact)
WITH models, relations, count(f) AS facts
OPTIONAL MATCH (k:Recall) WHERE k.known AND ($model = '' OR k.model_id = $model)
WITH models, relations, facts, count(k) AS known
OPTIONAL MATCH (c:Circuit) WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH models, relations, facts, known, c.model_id AS model, c.method AS method, max(c.judged_on) AS judged_on,
  count(c) AS circuits, sum(CASE WHEN c.reached THEN 1 ELSE 0 END) AS reached, sum(c.n_edges) AS edges,
  percentileCont(c.n_edges, 0.5) AS median_edges, percentileCont(c.n_edges_searched, 0.5) AS median_edges_searched,
  sum(CASE WHEN c.lacks CONTAINS 'unseen' THEN 1 ELSE 0 END) AS lack_unseen,
  sum(CASE WHEN c.lacks CONTAINS 'size' THEN 1 ELSE 0 END) AS lack_size,
  collect(c) AS found
UNWIND CASE WHEN circuits = 0 THEN [null] ELSE [c IN found WHERE c.judged_on = judged_on] END AS j
RETURN models, relations, facts, known, model, method, circuits, reached, judged_on, count(j) AS judged,
  avg(j.faithfulness) AS faithfulness, percentileCont(j.faithfulness, 0.5) AS median_faithfulness,
  avg(j.faithfulness_random) AS faithfulness_random, avg(j.faithfulness_other) AS faithfulness_other,
  avg(j.completeness) AS completeness, avg(j.stability) AS stability,
  avg(CASE j.hit10_model WHEN true THEN 1.0 WHEN false THEN 0.0 END) AS hit10_model,
  avg(CASE j.hit10_circuit WHEN true THEN 1.0 WHEN false THEN 0.0 END) AS hit10, avg(j.hit10_random) AS hit10_random,
  edges, median_edges, median_edges_searched, lack_unseen, lack_size
ORDER BY model, circuits DESC, method
