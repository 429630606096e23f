// What it costs to cut the attention of the heads with a role, on facts that did not choose them; in logits.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording — relation id, model id, and number of the relation's template
// @column role, heads — `mover`: cut from the subject; `relation`: cut from the template; the heads, strongest first
// @column facts_chosen, facts_cut — facts that chose them, and facts that they were cut on
// @column drop, drop_low, drop_high — what the metric loses, and its 95% interval over facts: the object's logit over the relation's other objects, or theirs over other relations'
// @column random, random_low, random_high — the same for as many random heads of the same layers
// @column every — the same for all heads of the model
MATCH (r:Relation)<-[:IN_RELATION]-(c:RoleCheck)
  WHERE ($relation = '' OR r.id = $relation) AND ($model = '' OR c.model_id = $model)
RETURN r.id AS relation, c.model_id AS model, c.wording AS wording, c.role AS role, c.heads AS heads,
  c.facts_chosen AS facts_chosen, c.facts_cut AS facts_cut, c.drop AS drop, c.drop_low AS drop_low,
  c.drop_high AS drop_high, c.random AS random, c.random_low AS random_low, c.random_high AS random_high,
  c.every AS every
ORDER BY relation, model, wording, role
