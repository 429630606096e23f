// Hubs: components with the most edges, in and out, in a circuit on average.
// @param min_facts: integer = 2 — least number of facts that use the component
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param limit: integer = 50 — most components to return
// @column component — name, such as a9.h6
// @column kind — head, kv_head or mlp
// @column layer — layer
// @column model — model id
// @column facts — facts with a circuit that holds the component
// @column mean_out — mean number of edges that leave it
// @column mean_in — mean number of edges that reach it
// @column score — mean sum of the absolute weights of the edges that leave it
MATCH (f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c, f.id AS fact
MATCH (c)-[:HAS_NODE]->(n:CircuitNode)
WITH n.component_id AS id, count(DISTINCT fact) AS facts, avg(n.score) AS score,
  avg(COUNT { (n)-[:FLOWS]->() }) AS mean_out, avg(COUNT { (n)<-[:FLOWS]-() }) AS mean_in
  WHERE facts >= $min_facts
MATCH (k:Component {id: id}) WHERE NOT k.kind IN ['embed', 'logits']
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, k.model_id AS model, facts, mean_out, mean_in, score
ORDER BY mean_out + mean_in DESC, facts DESC, component
LIMIT $limit
