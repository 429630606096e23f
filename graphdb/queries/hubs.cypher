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
MATCH (s:ComponentSummary {method: $method})
  WHERE ($model = '' OR s.model_id = $model) AND s.n_facts >= $min_facts
MATCH (k:Component {id: s.component_id}) WHERE NOT k.kind IN ['embed', 'logits']
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, k.model_id AS model, s.n_facts AS facts,
  toFloat(s.n_out) / s.n_circuits AS mean_out, toFloat(s.n_in) / s.n_circuits AS mean_in,
  s.score / 16777216.0 / s.n_circuits AS score
ORDER BY mean_out + mean_in DESC, facts DESC, component
LIMIT $limit
