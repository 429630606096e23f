// What it costs to cut the heads with a role, on facts that did not choose them, beside random heads of the same layers; in logits.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording, role — what was checked: `mover`, cut from the subject; `relation`, cut from the template
// @column heads — the heads that were cut, strongest first
// @column facts_chosen, facts_cut — facts that chose the heads; other facts that they were cut on
// @column drop, drop_low, drop_high — what the metric loses, and the ends of its 95% interval over facts
// @column random, random_low, random_high — the same for as many random heads of the same layers: the baseline
// @column every — the same for all heads of the model: what there is to lose
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(c:RoleCheck) WHERE $model = '' OR c.model_id = $model
RETURN r.id AS relation, c.model_id AS model, c.wording AS wording, c.role AS role, c.heads AS heads,
  c.facts_chosen AS facts_chosen, c.facts_cut AS facts_cut, c.drop AS drop, c.drop_low AS drop_low,
  c.drop_high AS drop_high, c.random AS random, c.random_low AS random_low, c.random_high AS random_high,
  c.every AS every
ORDER BY relation, model, wording, role
