// How good the circuits of each relation are, beside what they must beat: a row for each relation, model and method.
// Figures are means over the circuits judged as strictly as any of the row: on donors never used where there are such.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model, method — what the circuits explain, in which model, how they were found
// @column circuits, reached — circuits, and those that reach their target on every donor that chose their size
// @column judged_on, judged — strictest part of the donors that judge (`find`, `size`, `unseen`; empty: nothing is measured), and circuits judged on it
// @column faithfulness, median_faithfulness — mean and median faithfulness on the donors that judge
// @column faithfulness_lowest, faithfulness_both_ways, judges_reached — of the lowest judge; 1 - min(1, |1 - f|); share of the judges at the target; empty for circuits of older stores
// @column faithfulness_random — faithfulness of random circuits of equal size and layer profile
// @column faithfulness_other, without_other — the same of another relation's circuit of equal size; circuits that have none beside them
// @column completeness — faithfulness of the model without the circuit: 0 if nothing survives
// @column faithfulness_size — mean over all circuits of the lowest faithfulness on the donors that chose the size
// @column faithfulness_template, without_template — faithfulness on the relation's second template; circuits without one
// @column divergence, top1 — KL(model || circuit) in nats; share of donors against which the best token is the model's
// @column hit10_model, hit10, hit10_random — share that rank the answer among the ten best: model, circuits, random circuits
// @column median_edges, median_edges_searched — median edges of a circuit, and before pruning by exact tests
// @column lack_unseen, lack_size — circuits with too few donors never used, and without one to choose the size
// @column cmd, without_curve — area between faithfulness curve and 1; circuits without a curve
MATCH (s:CircuitSummary)
  WHERE ($relation = '' OR s.relation_id = $relation) AND ($model = '' OR s.model_id = $model)
    AND ($method = '' OR s.method = $method)
WITH s, s.edges AS sizes, s.edges_searched AS searched
UNWIND range(0, s.n_circuits - 1) AS i
WITH s.relation_id AS relation, s.model_id AS model, s.method AS method, max(s.judged_on) AS judged_on,
  count(i) AS circuits, sum(CASE WHEN i = 0 THEN s.n_reached ELSE 0 END) AS reached,
  percentileCont(sizes[i], 0.5) AS median_edges, percentileCont(searched[i], 0.5) AS median_edges_searched,
  sum(CASE WHEN i = 0 THEN s.lack_unseen ELSE 0 END) AS lack_unseen,
  sum(CASE WHEN i = 0 THEN s.lack_size ELSE 0 END) AS lack_size,
  sum(CASE WHEN i = 0 THEN s.faithfulness_size ELSE 0 END) AS size, sum(CASE WHEN i = 0 THEN s.n_size ELSE 0 END) AS n_size
MATCH (j:CircuitSummary {id: model + '|' + relation + '|' + method + '|' + judged_on})
WITH relation, model, method, judged_on, circuits, reached, median_edges, median_edges_searched, lack_unseen, lack_size,
  CASE WHEN n_size > 0 THEN size / 16777216.0 / n_size END AS faithfulness_size, j, j.n_faithfulness AS judged,
  CASE WHEN j.n_faithfulness > 0 THEN j.n_faithfulness * 16777216.0 END AS all, j.judged AS values
RETURN relation, model, method, circuits, reached, judged_on, judged, j.faithfulness / all AS faithfulness,
  CASE WHEN judged > 0 THEN (values[(judged - 1) / 2] + values[judged / 2]) / 2 END AS median_faithfulness,
  CASE WHEN j.n_lowest > 0 THEN j.faithfulness_lowest / 16777216.0 / j.n_lowest END AS faithfulness_lowest,
  CASE WHEN j.n_both_ways > 0 THEN j.faithfulness_both_ways / 16777216.0 / j.n_both_ways END AS faithfulness_both_ways,
  CASE WHEN j.n_judges_reached > 0 THEN j.judges_reached / 16777216.0 / j.n_judges_reached END AS judges_reached,
  j.faithfulness_random / all AS faithfulness_random,
  CASE WHEN j.n_other > 0 THEN j.faithfulness_other / 16777216.0 / j.n_other END AS faithfulness_other,
  judged - j.n_other AS without_other, j.completeness / all AS completeness, faithfulness_size,
  CASE WHEN j.n_template > 0 THEN j.faithfulness_template / 16777216.0 / j.n_template END AS faithfulness_template,
  judged - j.n_template AS without_template,
  j.divergence / all AS divergence, j.top1 / all AS top1, j.hit10_model / all AS hit10_model,
  j.hit10_circuit / all AS hit10, j.hit10_random / all AS hit10_random,
  median_edges, median_edges_searched, lack_unseen, lack_size,
  CASE WHEN j.n_cmd > 0 THEN j.cmd / 16777216.0 / j.n_cmd END AS cmd, judged - j.n_cmd AS without_curve
ORDER BY relation, model, method
