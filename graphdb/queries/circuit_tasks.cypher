// What each circuit was found and judged with, so that it can be run again.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param circuit: string = "" — circuit id; empty: every circuit
// @column circuit, fact, relation, model, method — what the circuit explains, in which model, how found
// @column clean_prompt, answer, rank_model — what was asked, the token that was read, and its rank in the model
// @column donors_find, donors_size, donors_unseen — donors of each part: fact ids, or `name:` and a name
// @column ablation — what edges outside the circuit carry
// @column artifact — file name of the full edge scores
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation)
    AND ($circuit = '' OR c.id = $circuit)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN c.id AS circuit, f.id AS fact, f.relation_id AS relation, c.model_id AS model, c.method AS method,
  c.clean_prompt AS clean_prompt, c.answer AS answer, c.rank_model AS rank_model,
  c.donors_find AS donors_find, c.donors_size AS donors_size, c.donors_unseen AS donors_unseen, c.ablation AS ablation, c.artifact AS artifact
ORDER BY circuit
