// What edits do to each fact that they are to leave alone, beside their shams: random changes of the same weights that are as large.
// @param edit: string = "" — id of the edit; empty: every edit
// @param fact: string = "" — id of the other fact; empty: every one
// @column edit, edited, object — id of the edit; the fact that was edited, and what it is to give
// @column fact, relation, same_relation — the other fact, known before, and its relation; whether that is the edited fact's
// @column kl, kl_sham — divergence of its next token, KL(before || after), nats
// @column answer_before, answer, answer_sham — the model's first choice before, after the edit, after the sham
// @column flipped, flipped_sham — whether the answer changed
MATCH (e:Edit)<-[:OF_EDIT]-(c:EditChange)
  WHERE ($edit = '' OR e.id = $edit) AND ($fact = '' OR c.bystander = $fact)
WITH e, c, split(c.bystander, '/')[0] AS relation, split(e.fact_id, '/')[0] AS edited_relation
RETURN e.id AS edit, e.fact_id AS edited, e.object AS object, c.bystander AS fact, relation,
  relation = edited_relation AS same_relation, c.kl AS kl, c.kl_sham AS kl_sham, c.answer_before AS answer_before,
  c.answer AS answer, c.answer_sham AS answer_sham, c.flipped AS flipped, c.flipped_sham AS flipped_sham
ORDER BY edit, same_relation DESC, relation, fact
