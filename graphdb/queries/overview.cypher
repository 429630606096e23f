// What the store holds, and how good its circuits are: a row for each model and method that has circuits, else one row.
// Figures are means over the circuits judged as strictly as any of the row: on donors never used where there are such.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column models, relations, facts, known — models, relations and facts of the store; recalled facts that a model knows, counted once for each model
// @column model, method — model and method of the circuits below; empty if there are none
// @column circuits, reached — circuits, and those that reach their target on every donor that chose their size
// @column judged_on, judged — strictest part of the donors that judge (`find`, `size`, `unseen`; empty: nothing is measured), and circuits judged on it
// @column faithfulness, median_faithfulness — mean and median faithfulness on the donors that judge
// @column faithfulness_lowest, faithfulness_both_ways — mean of the lowest judge's; mean of 1 - min(1, |1 - f|), where too much counts like too little
// @column faithfulness_random, faithfulness_other, completeness — mean faithfulness of random circuits of equal size and layer profile, of another relation's circuits of equal size, of the model without the circuit
// @column stability, stability_relation, stability_other — mean Jaccard with the circuit that other donors find, with one of another fact of the relation, with one of another relation
// @column hit10_model, hit10, hit10_random — share that rank the answer among the ten best: model, circuits, random circuits
// @column edges, median_edges, median_edges_searched — edges of all circuits, median edges of one, median before pruning by exact tests
// @column lack_unseen, lack_size — circuits with too few donors never used, and without one to choose the size
OPTIONAL MATCH (m:Model) WHERE $model = '' OR m.id = $model
WITH count(m) AS models
OPTIONAL MATCH (r:Relation) WITH models, count(r) AS relations
OPTIONAL MATCH (f:Fact) WITH models, relations, count(f) AS facts
OPTIONAL MATCH (a:RecallSummary) WHERE a.model_id <> '' AND ($model = '' OR a.model_id = $model)
WITH models, relations, facts, coalesce(sum(a.n_known), 0) AS known
OPTIONAL MATCH (s:CircuitSummary) WHERE ($model = '' OR s.model_id = $model) AND ($method = '' OR s.method = $method)
WITH models, relations, facts, known, s, s.edges AS sizes, s.edges_searched AS searched
UNWIND CASE WHEN s IS NULL THEN [null] ELSE range(0, s.n_circuits - 1) END AS i
WITH models, relations, facts, known, s.model_id AS model, s.method AS method, max(s.judged_on) AS judged_on,
  count(i) AS circuits, coalesce(sum(sizes[i]), 0) AS edges, percentileCont(sizes[i], 0.5) AS median_edges,
  percentileCont(searched[i], 0.5) AS median_edges_searched
OPTIONAL MATCH (j:CircuitSummary {model_id: model, method: method, judged_on: judged_on})
UNWIND CASE WHEN size(j.judged) > 0 THEN j.judged ELSE [null] END AS value
WITH models, relations, facts, known, model, method, judged_on, circuits, edges, median_edges, median_edges_searched,
  count(value) AS judged, percentileCont(value, 0.5) AS median_faithfulness
OPTIONAL MATCH (s:CircuitSummary {model_id: model, method: method})
WITH models, relations, facts, known, model, method, judged_on, circuits, edges, median_edges, median_edges_searched,
  judged, median_faithfulness, s, CASE WHEN s.judged_on = judged_on THEN s END AS j
RETURN models, relations, facts, known, model, method, circuits, coalesce(sum(s.n_reached), 0) AS reached, judged_on,
  judged, CASE WHEN sum(j.n_faithfulness) > 0 THEN sum(j.faithfulness) / 16777216.0 / sum(j.n_faithfulness) END AS faithfulness, median_faithfulness,
  CASE WHEN sum(j.n_lowest) > 0 THEN sum(j.faithfulness_lowest) / 16777216.0 / sum(j.n_lowest) END AS faithfulness_lowest,
  CASE WHEN sum(j.n_both_ways) > 0 THEN sum(j.faithfulness_both_ways) / 16777216.0 / sum(j.n_both_ways) END AS faithfulness_both_ways,
  CASE WHEN sum(j.n_random) > 0 THEN sum(j.faithfulness_random) / 16777216.0 / sum(j.n_random) END AS faithfulness_random,
  CASE WHEN sum(j.n_other) > 0 THEN sum(j.faithfulness_other) / 16777216.0 / sum(j.n_other) END AS faithfulness_other,
  CASE WHEN sum(j.n_completeness) > 0 THEN sum(j.completeness) / 16777216.0 / sum(j.n_completeness) END AS completeness,
  CASE WHEN sum(j.n_stability) > 0 THEN sum(j.stability) / 16777216.0 / sum(j.n_stability) END AS stability,
  CASE WHEN sum(j.n_stability_relation) > 0 THEN sum(j.stability_relation) / 16777216.0 / sum(j.n_stability_relation) END AS stability_relation,
  CASE WHEN sum(j.n_stability_other) > 0 THEN sum(j.stability_other) / 16777216.0 / sum(j.n_stability_other) END AS stability_other,
  CASE WHEN sum(j.n_hit10_model) > 0 THEN sum(j.hit10_model) / 16777216.0 / sum(j.n_hit10_model) END AS hit10_model,
  CASE WHEN sum(j.n_hit10_circuit) > 0 THEN sum(j.hit10_circuit) / 16777216.0 / sum(j.n_hit10_circuit) END AS hit10,
  CASE WHEN sum(j.n_hit10_random) > 0 THEN sum(j.hit10_random) / 16777216.0 / sum(j.n_hit10_random) END AS hit10_random,
  edges, median_edges, median_edges_searched,
  coalesce(sum(s.lack_unseen), 0) AS lack_unseen, coalesce(sum(s.lack_size), 0) AS lack_size
ORDER BY model, circuits DESC, method
