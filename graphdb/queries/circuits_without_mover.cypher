// Circuits whose strongest path from embedding to logits runs through no mover of their fact, the strongest path first.
// The strongest path is the one with the heaviest weakest edge, see `circuit_paths`. Only the `max_rank` heaviest edges are
// followed, and at most eight steps: what is found is the strongest of all such paths; circuits in which these edges
// make no path are absent, as are those of relations and wordings in which no head was tested.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param max_rank: integer = 20 — follow the edges of this rank and better
// @column circuit, fact, relation, model, method — what the circuit explains, in which model, how found
// @column path, weakest — component names, first to last; smallest absolute weight of its edges, in logits
// @column with_mover — the same of the strongest path through a mover; empty: none among these edges
// @column movers, movers_of_fact — movers of the fact in the circuit; in the model
// @column nodes — nodes of the circuit
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(h:HeadRole)
  WHERE h.mover_q IS NOT NULL AND ($model = '' OR h.model_id = $model)
WITH DISTINCT r, h.model_id AS model, h.wording AS wording
MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:EXPLAINS]-(c:Circuit)-[:OF_CONTRAST]->(x:Contrast)
  WHERE c.model_id = model AND x.wording = wording AND ($method = '' OR c.method = $method)
MATCH (c)-[:HAS_NODE]->(s:CircuitNode {name: 'embed'})
MATCH p = (s)((a)-[e:FLOWS|FEEDS WHERE coalesce(e.rank, 0) <= $max_rank]->(b)){1,8}(t:CircuitNode {name: 'logits'})
WITH r, f, c, wording, [n IN nodes(p) | n.name] AS path, any(n IN nodes(p) WHERE n.role IN ['mover', 'mixture']) AS moves,
  [e IN relationships(p) WHERE e.rank IS NOT NULL | abs(e.weight)] AS weights
WITH r, f, c, wording, path, moves, reduce(least = weights[0], w IN weights | CASE WHEN w < least THEN w ELSE least END)
  AS weakest
ORDER BY weakest DESC, moves DESC, size(path), path
WITH r, f, c, wording, collect(path)[0] AS path, collect(moves)[0] AS moves, max(weakest) AS weakest,
  max(CASE WHEN moves THEN weakest END) AS with_mover
WHERE NOT moves
RETURN c.id AS circuit, f.id AS fact, r.id AS relation, c.model_id AS model, c.method AS method, path, weakest, with_mover,
  COUNT { (c)-[:HAS_NODE]->(n:CircuitNode) WHERE n.role IN ['mover', 'mixture'] } AS movers,
  COUNT { (f)<-[y:HOLDS_FOR]-(h:HeadRole) WHERE h.model_id = c.model_id AND h.wording = wording
    AND y.role IN ['mover', 'mixture'] } AS movers_of_fact, c.n_nodes AS nodes
ORDER BY weakest DESC, circuit
