// Models of the store, and how many facts each recalls.
// @column model — model id
// @column name — name of the model
// @column architecture — `gpt2`, `llama`, `qwen2`, `qwen3` or `gemma3`
// @column layers — layers
// @column heads — heads a layer
// @column kv_heads, d_model — kv-heads a layer; width of the residual stream
// @column native_edges — edges of the whole model, keys and values counted per kv-head
// @column source — where the weights come from
// @column weights, weights_sha256 — first 12 digits of their SHA-256, and all of it
// @column variant_of — id of the model whose weights were changed into these; empty for others
// @column facts — facts whose recall is recorded
// @column known — facts that the model knows
// @column circuits — circuits found in the model
MATCH (m:Model)
OPTIONAL MATCH (a:RecallSummary {model_id: m.id})
WITH m, coalesce(sum(a.n_asked), 0) AS facts, coalesce(sum(a.n_known), 0) AS known
OPTIONAL MATCH (t:FactSummary {model_id: m.id, method: ''})
RETURN m.id AS model, m.name AS name, m.architecture AS architecture, m.n_layers AS layers, m.n_heads AS heads,
  m.n_kv_heads AS kv_heads, m.d_model AS d_model, m.n_edges AS native_edges, m.source AS source,
  substring(m.weights_sha256, 0, 12) AS weights, m.weights_sha256 AS weights_sha256,
  m.variant_of AS variant_of, facts, known, coalesce(sum(t.n_circuits), 0) AS circuits
ORDER BY model
