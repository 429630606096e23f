// Which heads of a circuit read which kv-head: no rows for models without grouped-query attention.
// @param circuit: string — circuit id
// @column source — kv-head
// @column target — head that reads its keys and values
MATCH (:Circuit {id: $circuit})-[:HAS_NODE]->(s:CircuitNode)-[:FEEDS]->(t:CircuitNode)
RETURN s.name AS source, t.name AS target
ORDER BY source, target
