// How steady and how lean the circuits of each relation are, beside what chance gives: a row for each relation, model and method.
// Figures are means over the circuits that have them, judged as strictly as any of the row.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model, method — what the circuits explain, in which model, how they were found
// @column judged_on, circuits — strictest part of the donors that judge, and circuits judged on it
// @column stability, asked — Jaccard with the circuit of equal size that other donors find, and circuits of which it was asked
// @column stability_relation, stability_other — the same with a circuit of another fact of the relation, and of another relation: what stability must beat
// @column needed — share of the edges whose single removal costs more than 1% of the faithfulness, to first order
// @column loss_10, loss_30 — faithfulness lost without a random 10%, and 30%, of the edges
// @column random_spread — standard deviation of the faithfulness of a circuit's random circuits
MATCH (s:CircuitSummary)
  WHERE ($relation = '' OR s.relation_id = $relation) AND ($model = '' OR s.model_id = $model)
    AND ($method = '' OR s.method = $method)
WITH s.relation_id AS relation, s.model_id AS model, s.method AS method, max(s.judged_on) AS judged_on
MATCH (j:CircuitSummary {id: model + '|' + relation + '|' + method + '|' + judged_on})
RETURN relation, model, method, judged_on, j.n_circuits AS circuits,
  CASE WHEN j.n_stability > 0 THEN j.stability / 16777216.0 / j.n_stability END AS stability, j.n_stability AS asked,
  CASE WHEN j.n_stability_relation > 0
    THEN j.stability_relation / 16777216.0 / j.n_stability_relation END AS stability_relation,
  CASE WHEN j.n_stability_other > 0 THEN j.stability_other / 16777216.0 / j.n_stability_other END AS stability_other,
  CASE WHEN j.n_needed > 0 THEN j.needed / 16777216.0 / j.n_needed END AS needed,
  CASE WHEN j.n_loss_10 > 0 THEN j.loss_10 / 16777216.0 / j.n_loss_10 END AS loss_10,
  CASE WHEN j.n_loss_30 > 0 THEN j.loss_30 / 16777216.0 / j.n_loss_30 END AS loss_30,
  CASE WHEN j.n_random_spread > 0 THEN j.random_spread / 16777216.0 / j.n_random_spread END AS random_spread
ORDER BY relation, model, method
