// A circuit as a graph: its strongest edges, with the components' parts in it.
// @param circuit: string — circuit id
// @param max_rank: integer = 100 — only the strongest edges, this many
// @column source — the circuit's part of the component that writes
// @column edge — the edge; caption: what of the target reads
// @column target — the circuit's part of the component that reads
MATCH (:Circuit {id: $circuit})-[:HAS_NODE]->(s)-[e:FLOWS]->(t) WHERE e.rank <= $max_rank
RETURN s AS source, e AS edge, t AS target
