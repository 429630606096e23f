// What kind of answer models give in place of a fact's object, beside the kind of the next choice where they are right.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column model, wording, kind — model id, number of the template; `relation`: another object of it, `function`: function word, `subject`: derived from it, `other`
// @column wrong, share — wrong answers of this kind, and as a share of all wrong answers
// @column right, share_right — right answers whose next choice is of this kind, and as a share of all right answers: the baseline
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(:Fact)<-[:OF_FACT]-(v:Rival)
  WHERE ($model = '' OR v.model_id = $model) AND ($wording = '' OR v.wording = $wording)
WITH v.model_id AS model, v.wording AS wording, v.rival_kind AS kind,
  sum(CASE WHEN v.wrong THEN 1 ELSE 0 END) AS wrong, sum(CASE WHEN v.wrong THEN 0 ELSE 1 END) AS right
WITH model, wording, collect({kind: kind, wrong: wrong, right: right}) AS kinds, sum(wrong) AS all_wrong,
  sum(right) AS all_right
UNWIND kinds AS each
RETURN model, wording, each.kind AS kind, each.wrong AS wrong,
  CASE WHEN all_wrong = 0 THEN null ELSE toFloat(each.wrong) / all_wrong END AS share, each.right AS right,
  CASE WHEN all_right = 0 THEN null ELSE toFloat(each.right) / all_right END AS share_right
ORDER BY model, wording, wrong DESC, kind
