// What each circuit was found and judged with, so that it can be run again.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param circuit: string = "" — circuit id; empty: every circuit
// @column circuit, fact, relation, model, method — what the circuit explains, in which model, how found
// @column contrast_kind, wording — kind of the contrast; the template's number or the words
// @column clean_prompt, beginning, answer, rank_model — the fact's prompt, what it gets before it is read, the token that is right then, and its rank in the model
// @column donors_find, donors_size, donors_unseen — the donors of each part
// @column corrupt_prompts, foils — the prompt of each donor, part after part, and the token that is right after it
// @column ablation — what edges outside the circuit carry
// @column artifact — file name of the full edge scores
MATCH (x:Contrast)<-[:OF_CONTRAST]-(c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation)
    AND ($circuit = '' OR c.id = $circuit)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN c.id AS circuit, f.id AS fact, f.relation_id AS relation, c.model_id AS model, c.method AS method,
  x.kind AS contrast_kind, x.wording AS wording, x.clean_prompt AS clean_prompt, x.beginning AS beginning, x.answer AS answer, c.rank_model AS rank_model,
  x.donors_find AS donors_find, x.donors_size AS donors_size, x.donors_unseen AS donors_unseen,
  x.corrupt_prompts AS corrupt_prompts, x.foils AS foils, c.ablation AS ablation, c.artifact AS artifact
ORDER BY circuit
