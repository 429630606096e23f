// Facts without a circuit, with the reason.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column reason — why there is none; `not ingested` where no circuit was sought yet
// @column rank — rank of the answer; empty if the fact was never put to the model
// @column model — model id; empty if the fact was never put to a model
MATCH (f:Fact) WHERE $relation = '' OR f.relation_id = $relation
OPTIONAL MATCH (f)<-[:RECALLS]-(k:Recall) WHERE $model = '' OR k.model_id = $model
OPTIONAL MATCH (f)<-[:EXPLAINS]-(c:Circuit) WHERE c.model_id = k.model_id
WITH f, k, count(c) AS circuits WHERE circuits = 0
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object,
  CASE WHEN k IS NULL OR k.reason = '' THEN 'not ingested' ELSE k.reason END AS reason, k.rank AS rank, k.model_id AS model
ORDER BY relation, reason, subject
