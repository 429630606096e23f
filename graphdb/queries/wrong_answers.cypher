// Known facts whose object is not the model's first choice: what it says in its place, and what pushes which way.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column fact, model, wording — fact id, model id, number of the template
// @column object, rank, rival, kind — the object's token and its rank; the first choice; `relation`: another object of it, `function`: function word, `subject`: derived from it, `other`
// @column margin, turn — logits of the object over the first choice; block from which on that stays ahead, by the closed lens
// @column movers, movers_random, heads, mlps, embed — what each adds to the margin, negative: for the first choice; random heads of the movers' layers for comparison
// @column for_object, for_rival — components that favour each most, the strongest first
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:OF_FACT]-(v:Rival {wrong: true})
  WHERE ($model = '' OR v.model_id = $model) AND ($wording = '' OR v.wording = $wording)
RETURN f.id AS fact, v.model_id AS model, v.wording AS wording, v.object AS object, v.rank AS rank, v.rival AS rival,
  v.rival_kind AS kind, v.margin AS margin, v.turn AS turn, v.movers AS movers, v.movers_random AS movers_random,
  v.heads AS heads, v.mlps AS mlps, v.embed AS embed, v.for_object AS for_object, v.for_rival AS for_rival
ORDER BY fact, model, wording
