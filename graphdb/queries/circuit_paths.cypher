// Paths of a circuit from the embedding to the logits, the path with the heaviest weakest edge first.
// Only the `max_rank` heaviest edges are followed, so that the number of paths stays bounded.
// @param circuit: string — circuit id
// @param max_rank: integer = 150 — follow the edges of this rank and better
// @param limit: integer = 25 — most paths to return
// @column path — component names, first to last
// @column weakest — smallest absolute weight of the path's edges
// @column product — product of the weights of the path's edges
// @column edges — edges with a weight on the path
MATCH p = (s:CircuitNode {circuit_id: $circuit, name: 'embed'})-[:FLOWS|FEEDS*1..8]->(t:CircuitNode {circuit_id: $circuit, name: 'logits'})
  WHERE all(e IN relationships(p) WHERE coalesce(e.rank, 0) <= $max_rank)
WITH [n IN nodes(p) | n.name] AS path, [e IN relationships(p) WHERE e.rank IS NOT NULL | e.weight] AS weights
RETURN path, reduce(least = abs(weights[0]), w IN weights | CASE WHEN abs(w) < least THEN abs(w) ELSE least END) AS weakest,
  reduce(total = 1.0, w IN weights | total * w) AS product, size(weights) AS edges
ORDER BY weakest DESC, edges, path
LIMIT $limit
