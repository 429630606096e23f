// Paths of a circuit from the embedding to the logits, the path with the heaviest weakest edge first.
// Only the `max_rank` heaviest edges are followed, and at most eight steps, so that the number of paths stays bounded.
// @param circuit: string — circuit id
// @param max_rank: integer = 100 — follow the edges of this rank and better
// @param limit: integer = 25 — most paths to return
// @column path — component names, first to last
// @column weakest — smallest absolute weight of the path's edges
// @column product — product of the weights of the path's edges
// @column edges — edges with a weight on the path
MATCH (:Circuit {id: $circuit})-[:HAS_NODE]->(s:CircuitNode {name: 'embed'})
MATCH p = (s)((a)-[e:FLOWS|FEEDS WHERE coalesce(e.rank, 0) <= $max_rank]->(b)){1,8}(t:CircuitNode {name: 'logits'})
WITH [n IN nodes(p) | n.name] AS path, [e IN relationships(p) WHERE e.rank IS NOT NULL | e.weight] AS weights
WITH path, weights, reduce(least = abs(weights[0]), w IN weights | CASE WHEN abs(w) < least THEN abs(w) ELSE least END)
  AS weakest, reduce(total = 1.0, w IN weights | total * w) AS product
RETURN path, weakest, product, size(weights) AS edges
ORDER BY weakest DESC, edges, path, product
LIMIT $limit
