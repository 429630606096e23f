// Facts that a model does not know: the answer's rank is beyond the ingest's limit.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column answer — first token of the accepted object that the model ranks best
// @column rank — its rank among the model's next tokens, 1 = best
// @column probability — its probability
// @column prompt — prompt
// @column model — model id
MATCH (k:Recall)-[:RECALLS]->(f:Fact)
  WHERE NOT k.known AND ($relation = '' OR f.relation_id = $relation) AND ($model = '' OR k.model_id = $model)
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object, k.answer AS answer, k.rank AS rank,
  k.probability AS probability, k.prompt AS prompt, k.model_id AS model
ORDER BY relation, rank, subject
