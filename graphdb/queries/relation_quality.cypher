// How good the circuits of each relation are, beside what they must beat: a row for each relation, model and method.
// Figures are means over the circuits judged as strictly as any of the row: on donors never used where there are such.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model, method — what the circuits explain, in which model, how they were found
// @column circuits, reached — circuits, and those that reach their target on every donor that chose their size
// @column judged_on, judged — strictest part of the donors that judge (`find`, `size`, `unseen`), and circuits judged on it
// @column faithfulness, median_faithfulness — mean and median faithfulness on the donors that judge
// @column faithfulness_random — faithfulness of random circuits of equal size and layer profile
// @column faithfulness_other, without_other — the same of another relation's circuit of equal size; circuits that have none beside them
// @column completeness — faithfulness of the model without the circuit: 0 if nothing survives
// @column faithfulness_size — mean over all circuits of the lowest faithfulness on the donors that chose the size
// @column faithfulness_template, without_template — faithfulness on the relation's second template; circuits without one
// @column stability, without_stability — Jaccard with the circuit that other donors find; circuits without such donors
// @column divergence, top1 — KL(model || circuit) in nats; share of donors against which the best token is the model's
// @column hit10_model, hit10, hit10_random — share that rank the answer among the ten best: model, circuits, random circuits
// @column minimality — share of sampled edges whose removal costs more than 1% of the faithfulness
// @column median_edges, median_edges_searched — median edges of a circuit, and before pruning by exact tests
// @column lack_unseen, lack_size — circuits with too few donors never used, and without one to choose the size
// @column cmd, without_curve — area between faithfulness curve and 1; circuits without a curve
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation) AND ($model = '' OR c.model_id = $model)
    AND ($method = '' OR c.method = $method)
WITH f.relation_id AS relation, c.model_id AS model, c.method AS method, max(c.judged_on) AS judged_on,
  count(c) AS circuits, sum(CASE WHEN c.reached THEN 1 ELSE 0 END) AS reached,
  percentileCont(c.n_edges, 0.5) AS median_edges, percentileCont(c.n_edges_searched, 0.5) AS median_edges_searched,
  sum(CASE WHEN c.lacks CONTAINS 'unseen' THEN 1 ELSE 0 END) AS lack_unseen,
  sum(CASE WHEN c.lacks CONTAINS 'size' THEN 1 ELSE 0 END) AS lack_size,
  avg(c.faithfulness_size) AS faithfulness_size, collect(c) AS found
UNWIND [c IN found WHERE c.judged_on = judged_on] AS j
RETURN relation, model, method, circuits, reached, judged_on, count(j) AS judged,
  avg(j.faithfulness) AS faithfulness, percentileCont(j.faithfulness, 0.5) AS median_faithfulness,
  avg(j.faithfulness_random) AS faithfulness_random, avg(j.faithfulness_other) AS faithfulness_other,
  count(j) - count(j.faithfulness_other) AS without_other, avg(j.completeness) AS completeness, faithfulness_size,
  avg(j.faithfulness_template) AS faithfulness_template,
  count(j) - count(j.faithfulness_template) AS without_template,
  avg(j.stability) AS stability, count(j) - count(j.stability) AS without_stability,
  avg(j.divergence) AS divergence, avg(j.top1) AS top1,
  avg(CASE WHEN j.hit10_model THEN 1.0 ELSE 0.0 END) AS hit10_model,
  avg(CASE WHEN j.hit10_circuit THEN 1.0 ELSE 0.0 END) AS hit10, avg(j.hit10_random) AS hit10_random,
  avg(j.minimality) AS minimality, median_edges, median_edges_searched, lack_unseen, lack_size,
  avg(j.cmd) AS cmd, count(j) - count(j.cmd) AS without_curve
ORDER BY relation, model, method
