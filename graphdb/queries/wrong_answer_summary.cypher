// How often movers, MLPs and others favour the rival of the object: where the answer is wrong, and where it is right.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column model, wording, wrong — model id, number of the template; whether the answers are wrong
// @column part — `movers`, `movers_random`: as many random heads of the same layers, `heads`, `mlps`, `embed`
// @column facts, favour_rival, share — facts; those in which the part favours the rival, and as a share
// @column mean — what the part adds to the object over the rival, logits
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(v:Rival)
  WHERE ($model = '' OR v.model_id = $model) AND ($wording = '' OR v.wording = $wording)
UNWIND [{place: 1, part: 'movers', push: v.movers}, {place: 2, part: 'movers_random', push: v.movers_random},
  {place: 3, part: 'heads', push: v.heads}, {place: 4, part: 'mlps', push: v.mlps},
  {place: 5, part: 'embed', push: v.embed}] AS each
WITH v.model_id AS model, v.wording AS wording, v.wrong AS wrong, each.place AS place, each.part AS part,
  each.push AS push WHERE push IS NOT NULL
WITH model, wording, wrong, place, part, count(push) AS facts, sum(CASE WHEN push < 0 THEN 1 ELSE 0 END) AS favour_rival,
  avg(push) AS mean
RETURN model, wording, wrong, part, facts, favour_rival, toFloat(favour_rival) / facts AS share, mean
ORDER BY model, wording, wrong DESC, place
