// Facts' objects against their rivals, the likeliest tokens that are not accepted; what pushes is in logits, object less rival.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column relation, fact, model, wording — relation id, fact id, model id, number of the template
// @column object, rival, wrong, kind — the two tokens; whether the rival comes first; `relation`: another object of it, `function`: function word, `subject`: derived from it, `other`
// @column rank, margin, probability, probability_rival, entropy — of the object among all tokens; logits of the object over the rival; of both; of the next token, nats
// @column turn — block from which on the one that wins stays ahead, by the closed lens
// @column n_movers, movers, movers_random — movers of the relation; what they add; what as many random heads of the same layers add
// @column heads, mlps, embed — what all heads, all MLPs, the embedding add: together the margin
// @column for_object, for_object_values — components that favour the object most, the strongest first, and what each adds
// @column for_rival, for_rival_values — the same of the rival: negative
// @column first, second, right_among — likeliest two of the relation's objects; whether the first is accepted, which no figure that follows knows
// @column margin_among, probability_among, entropy_among — of the first over the second; of the first among these objects; of all of them, nats
// @column movers_among, random_among — what movers add from the subject to the first less the second, beyond the relation's other facts; the same of random heads
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(f:Fact) WHERE $fact = '' OR f.id = $fact
WITH r, f MATCH (f)<-[:OF_FACT]-(v:Rival)
  WHERE ($model = '' OR v.model_id = $model) AND ($wording = '' OR v.wording = $wording)
RETURN r.id AS relation, f.id AS fact, v.model_id AS model, v.wording AS wording, v.object AS object, v.rival AS rival,
  v.wrong AS wrong, v.rival_kind AS kind, v.rank AS rank, v.margin AS margin, v.probability AS probability,
  v.probability_rival AS probability_rival, v.entropy AS entropy, v.turn AS turn, v.n_movers AS n_movers,
  v.movers AS movers, v.movers_random AS movers_random, v.heads AS heads, v.mlps AS mlps, v.embed AS embed,
  v.for_object AS for_object, v.for_object_values AS for_object_values, v.for_rival AS for_rival,
  v.for_rival_values AS for_rival_values, v.first AS first, v.second AS second, v.right_among AS right_among,
  v.margin_among AS margin_among, v.probability_among AS probability_among, v.entropy_among AS entropy_among,
  v.movers_among AS movers_among, v.random_among AS random_among
ORDER BY fact, model, wording
