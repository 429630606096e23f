// What demonstrations change: the object's probability behind other facts of the relation, each beside zero shots, shuffled labels and random heads. Means over facts with 95% intervals.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording — relation id, model id, number of the template
// @column shots, labels — demonstrations before each prompt; whose objects they have: `own`, or `shuffled`: other facts' of the relation
// @column facts — facts behind the figures, all known without demonstrations
// @column zero, probability, probability_low, probability_high — of the object's token without demonstrations, and with them
// @column gain, gain_low, gain_high — the difference of these
// @column gain_log, gain_log_low, gain_log_high — the same of the log probability, in nats
// @column first_zero, first — share of facts whose object is the first choice, without and with
// @column movers_r, movers_r_halves — correlation over heads of mover scores with those without; for comparison that between two halves of the facts
// @column drop, drop_low, drop_high, drop_share — what the log probability loses when the heads are cut from the demonstrations; as a share of the gain, where its interval is above 0
// @column random, random_low, random_high — the same for as many random heads of the same layers: the baseline
// @column heads, chosen_on — heads that were cut, strongest first; the relations that chose them, never this one
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(d:Demonstration) WHERE $model = '' OR d.model_id = $model
RETURN r.id AS relation, d.model_id AS model, d.wording AS wording, d.shots AS shots, d.labels AS labels,
  d.n_facts AS facts, d.probability_zero AS zero, d.probability AS probability, d.probability_low AS probability_low,
  d.probability_high AS probability_high, d.gain AS gain, d.gain_low AS gain_low, d.gain_high AS gain_high,
  d.gain_log AS gain_log, d.gain_log_low AS gain_log_low, d.gain_log_high AS gain_log_high,
  d.first_zero AS first_zero, d.first AS first, d.movers_r AS movers_r, d.movers_r_halves AS movers_r_halves,
  d.drop AS drop, d.drop_low AS drop_low, d.drop_high AS drop_high, d.drop_share AS drop_share, d.random AS random,
  d.random_low AS random_low, d.random_high AS random_high, d.heads AS heads, d.chosen_on AS chosen_on
ORDER BY relation, model, wording, shots, labels
