// Two-hop facts: how a model answers them, where bridge and object appear, and what cutting heads costs each.
// @param relation: string = "" — id of the composed relation; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @column fact, model, wording, bridge, object — fact id, model id, number of the template; object of the first hop, of the second
// @column rank_first, rank_second, rank_both — rank of the right answer in the three questions, 1 = the model's first choice
// @column choice, choice_by_hops — the likeliest of the relation's objects, and what the single hops' answers lead to
// @column consistent_null — share of the facts with other bridges whose hops lead to the choice
// @column bridge_block, object_block — first block after which the bridge is the likeliest bridge, block from which on the object is first; empty: none, or not known in all questions
// @column bridge_before, bridge_before_null — whether the one comes before the other; share of other bridges that do
// @column bridge_probability, bridge_probability_null — of the bridge among the bridges, the highest after any block; mean of the other bridges
// @column drop_first, drop_second, drop_other, drop_random, drop_every — what cutting the movers of the hops costs, those of other relations, random heads, all heads, in logits
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:OF_FACT]-(h:HopFact)
  WHERE ($fact = '' OR f.id = $fact) AND ($model = '' OR h.model_id = $model)
RETURN f.id AS fact, h.model_id AS model, h.wording AS wording, h.bridge AS bridge, f.object AS object,
  h.rank_first AS rank_first, h.rank_second AS rank_second, h.rank_both AS rank_both,
  h.choice AS choice, h.choice_by_hops AS choice_by_hops, h.consistent_null AS consistent_null,
  h.bridge_block AS bridge_block, h.object_block AS object_block,
  h.bridge_before AS bridge_before, h.bridge_before_null AS bridge_before_null,
  h.bridge_probability AS bridge_probability, h.bridge_probability_null AS bridge_probability_null,
  h.drop_first AS drop_first, h.drop_second AS drop_second, h.drop_other AS drop_other,
  h.drop_random AS drop_random, h.drop_every AS drop_every
ORDER BY fact, model, wording
