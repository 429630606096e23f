// What circuits are circuits of: the prompts, answers and foils that stand against each other.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param kind: string = "" — `subject`, `relation` or `own`; empty: every kind
// @column contrast, fact, model, kind — id of the contrast, the fact and the model, and what stands against each other
// @column wording — the template's number, from 0, or the words themselves
// @column clean_prompt, beginning, answer — the fact's prompt, what it gets before it is read, and the token that is right then
// @column donors_find, donors_size, donors_unseen — donors that find circuits, choose their size, are used for neither
// @column corrupt_prompts, foils — the prompt of each donor, part after part, and the token that is right after it
// @column circuits — circuits that explain it, found by different methods
MATCH (x:Contrast)
  WHERE ($relation = '' OR split(x.fact_id, '/')[0] = $relation) AND ($fact = '' OR x.fact_id = $fact)
    AND ($model = '' OR x.model_id = $model) AND ($kind = '' OR x.kind = $kind)
RETURN x.id AS contrast, x.fact_id AS fact, x.model_id AS model, x.kind AS kind, x.wording AS wording,
  x.clean_prompt AS clean_prompt, x.beginning AS beginning, x.answer AS answer, x.donors_find AS donors_find,
  x.donors_size AS donors_size, x.donors_unseen AS donors_unseen, x.corrupt_prompts AS corrupt_prompts,
  x.foils AS foils, COUNT { (x)<-[:OF_CONTRAST]-(:Circuit) } AS circuits
ORDER BY contrast
