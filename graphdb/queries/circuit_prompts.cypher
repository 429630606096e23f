// The prompt of each circuit: what a comparison of circuits sets beside them.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit — circuit id
// @column clean_prompt — the fact's prompt that it explains
MATCH (c:Circuit)-[:OF_CONTRAST]->(x:Contrast)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN c.id AS circuit, x.clean_prompt AS clean_prompt
ORDER BY circuit
