// Edges that lie in the circuits of every fact of a relation, or of at least `min_share` of its facts.
// @param relation: string — relation id
// @param min_share: float = 1.0 — least share of the relation's facts that have a circuit, in (0, 1]
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column edge — the edge, such as a9.h6->a12.h3.q
// @column model — model id
// @column facts — facts with a circuit that holds the edge
// @column share — the same as a share of the relation's facts that have a circuit
// @column weight — mean weight of the edge in these circuits
MATCH (:Relation {id: $relation})<-[:OF_RELATION]-(f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, count(DISTINCT f.id) AS explained, collect(c) AS circuits
UNWIND circuits AS c
WITH c, c.fact_id AS fact, model, explained
MATCH (c)-[:HAS_NODE]->()-[e:FLOWS]->()
WITH model, explained, e.edge_id AS edge, count(DISTINCT fact) AS facts, avg(e.weight) AS weight
  WHERE facts >= $min_share * explained
RETURN edge, model, facts, toFloat(facts) / explained AS share, weight
ORDER BY facts DESC, abs(weight) DESC, edge
