// Where in the prompt the nodes of circuits write, the strongest node of each circuit first: effects in logits, signed.
// @param fact: string = "" — fact id; empty: every fact
// @param circuit: string = "" — circuit id; empty: every circuit
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param limit: integer = 1000 — most nodes to return
// @column circuit, component, kind, layer — circuit id; the node, its kind and layer
// @column score — sum of |weight| of its outgoing edges; of its incoming ones where it has no others
// @column role — what the head does for the fact; empty: none known
// @column at_subject, at_template, at_last — what its outgoing edges do, by where it writes: the subject's tokens, all others but the last, the last; empty where it was not measured
MATCH (c:Circuit) WHERE ($circuit = '' OR c.id = $circuit) AND ($fact = '' OR c.fact_id = $fact)
  AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c MATCH (c)-[:HAS_NODE]->(n:CircuitNode)-[:INSTANCE_OF]->(k:Component)
RETURN c.id AS circuit, n.name AS component, k.kind AS kind, k.layer AS layer, n.score AS score, n.role AS role,
  n.at_subject AS at_subject, n.at_template AS at_template, n.at_last AS at_last
ORDER BY circuit, score DESC, component
LIMIT $limit
