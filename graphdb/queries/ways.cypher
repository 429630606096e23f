// The ways in which circuits were found: of which models, by which methods. Comparisons are made within one of them.
// @column model — model id
// @column method — discovery method
// @column relations — relations with circuits found so
// @column circuits — circuits
MATCH (s:CircuitSummary)
RETURN s.model_id AS model, s.method AS method, count(DISTINCT s.relation_id) AS relations, sum(s.n_circuits) AS circuits
ORDER BY model, method
