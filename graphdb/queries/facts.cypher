// Facts, how well the model recalls each, and the circuits that explain it.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column rank — rank of the answer among the model's next tokens; empty if the fact was never put to it
// @column probability — probability of the answer
// @column known — whether the model knows the fact
// @column circuits — circuits of the fact
// @column fact — fact id
// @column model — model id
MATCH (f:Fact) WHERE $relation = '' OR f.relation_id = $relation
OPTIONAL MATCH (f)<-[:RECALLS]-(k:Recall) WHERE $model = '' OR k.model_id = $model
OPTIONAL MATCH (f)<-[:EXPLAINS]-(c:Circuit) WHERE c.model_id = k.model_id
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object, k.rank AS rank,
  k.probability AS probability, k.known AS known, count(c) AS circuits, f.id AS fact, k.model_id AS model
ORDER BY relation, subject, model
