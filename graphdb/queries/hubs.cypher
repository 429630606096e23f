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
MATCH (k:Component)<-[:INSTANCE_OF]-(n:CircuitNode)<-[:HAS_NODE]-(c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE NOT k.kind IN ['embed', 'logits'] AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
OPTIONAL MATCH (n)-[o:FLOWS]->()
WITH k, n, f, count(o) AS n_out
OPTIONAL MATCH (n)<-[i:FLOWS]-()
WITH k, n, f, n_out, count(i) AS n_in
WITH k, count(DISTINCT f.id) AS facts, avg(n_out) AS mean_out, avg(n_in) AS mean_in, avg(n.score) AS score
  WHERE facts >= $min_facts
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, k.model_id AS model, facts, mean_out, mean_in, score
ORDER BY mean_out + mean_in DESC, component
LIMIT $limit
