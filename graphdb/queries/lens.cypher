// Where in a model a fact's object appears: after each block, in order, its logit beside those of the relation's other objects.
// @param fact: string — fact id
// @param model: string = "" — model id; empty: every model
// @param lens: string = "closed" — `closed`, `raw` or `ridge`
// @column model, wording, step, block — model id, number of the template; place in order, from 0; `embed`, `a0`, `m0`, ...
// @column object, others — logit of the object; median logit of the relation's other objects, empty without any
// @column wrong, wrong_token — logit of the model's own first choice where that is not accepted, and that choice; else empty
// @column rank, probability — of the object, 1 = best: among the relation's objects (closed) or all tokens
// @column emergence — block from which on it is first among the relation's objects; empty: never to the end
// @column rise — block where it rises most over the mean of the others
MATCH (f:Fact {id: $fact})<-[:OF_FACT]-(l:FactLens) WHERE l.lens = $lens AND ($model = '' OR l.model_id = $model)
UNWIND range(0, size(l.blocks) - 1) AS step
RETURN l.model_id AS model, l.wording AS wording, step, l.blocks[step] AS block, l.object[step] AS object,
  CASE WHEN step < size(l.others) THEN l.others[step] END AS others,
  CASE WHEN step < size(l.wrong) THEN l.wrong[step] END AS wrong, l.wrong_token AS wrong_token,
  l.rank[step] AS rank, l.probability[step] AS probability, l.emergence AS emergence, l.rise AS rise
ORDER BY model, wording, step
