// A circuit as an edge list, the heaviest edge first.
// @param circuit: string — circuit id
// @column edge — the edge, such as a9.h6->a12.h3.q
// @column source — component that writes
// @column target — component that reads
// @column channel — q, k, v, mlp or logits: what of the target reads
// @column weight — effect in the circuit, in logits: what the metric loses without the edge, to first order; positive helps the answer
// @column rank — 1 = the largest absolute weight
// @column search_rank — 1 = the edge of the circuit that the search took first; 0: not known
MATCH (c:Circuit {id: $circuit})-[:HAS_NODE]->(s)-[e:FLOWS]->(t)
RETURN e.edge_id AS edge, s.name AS source, t.name AS target, e.channel AS channel, e.weight AS weight,
  e.rank AS rank, e.search_rank AS search_rank
ORDER BY rank
