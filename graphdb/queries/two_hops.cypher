// What models make of relations that are composed of two: does the answer go by way of the first hop? Each figure beside its null.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording, first, second — the composed relation, model id, number of the template, the relations of the hops
// @column facts, known — facts that were asked in all three questions; those known in all three, of which all that follows after `consistent_null` is
// @column hops_right, right_given_hops — facts whose single hops both have the right first choice; share of these whose two-hop question has
// @column first_wrong, right_given_second — facts whose second hop alone has; the same share of these: high means a shortcut
// @column consistent, consistent_null — share of facts whose answer, of the relation's objects, is what the single hops' answers lead to; the same with hops of facts with other bridges
// @column bridge_before, bridge_before_null — share of facts whose bridge is the likeliest bridge after some block before the object is; the same for other bridges
// @column bridge_probability, bridge_probability_null — of the bridge among the bridges, the highest after any block; the same for other bridges
// @column drop, drop_low, drop_high — what cutting the first hop's movers from the subject costs in the two-hop prompt, logits; ends of the 95% interval over facts
// @column drop_second, drop_other, drop_random, drop_every — the same for the second hop's movers, those of other relations, random heads of the same layers, all heads
// @column r_first, r_second, r_other — correlation over heads of mover scores with those of the first hop, of the second, of other relations
// @column heads_first, heads_second, others — the movers that were cut; the relations that stand in for the hops
// @column fingerprint — hash of all that determines it; `kcircuits hops` skips what stands already
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(h:HopCheck) WHERE $model = '' OR h.model_id = $model
RETURN r.id AS relation, h.model_id AS model, h.wording AS wording, h.first AS first, h.second AS second,
  h.n_facts AS facts, h.n_known AS known,
  h.n_hops_right AS hops_right, h.right_given_hops AS right_given_hops,
  h.n_first_wrong AS first_wrong, h.right_given_second AS right_given_second,
  h.consistent AS consistent, h.consistent_null AS consistent_null,
  h.bridge_before AS bridge_before, h.bridge_before_null AS bridge_before_null,
  h.bridge_probability AS bridge_probability, h.bridge_probability_null AS bridge_probability_null,
  h.drop_first AS drop, h.drop_first_low AS drop_low, h.drop_first_high AS drop_high, h.drop_second AS drop_second,
  h.drop_other AS drop_other, h.drop_random AS drop_random, h.drop_every AS drop_every,
  h.r_first AS r_first, h.r_second AS r_second, h.r_other AS r_other,
  h.heads_first AS heads_first, h.heads_second AS heads_second, h.others AS others, h.fingerprint AS fingerprint
ORDER BY relation, model, wording
