// Two circuits edge by edge: in the first only, in the second only, in both, with both weights.
// @param first: string — circuit id
// @param second: string — circuit id
// @column edge — the edge, such as a9.h6->a12.h3.q
// @column part — `first`, `second` or `both`
// @column first_weight — weight in the first circuit; empty if the edge is not in it
// @column second_weight — weight in the second circuit; empty if the edge is not in it
UNWIND [$first, $second] AS id
MATCH (c:Circuit {id: id})-[:HAS_NODE]->(:CircuitNode)-[e:FLOWS]->(:CircuitNode)
WITH e.edge_id AS edge, max(CASE WHEN id = $first THEN e.weight END) AS first_weight,
  max(CASE WHEN id = $second THEN e.weight END) AS second_weight
RETURN edge, CASE WHEN second_weight IS NULL THEN 'first' WHEN first_weight IS NULL THEN 'second' ELSE 'both' END AS part,
  first_weight, second_weight
ORDER BY part, edge
