// Facts without a circuit, with the reason.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column reason, detail — why there is none, and the figures behind that; `not-ingested` where no circuit was sought yet
// @column method — how it was sought; a row for each way
// @column rank — rank of the answer; empty if the fact was never put to the model
// @column model — model id; empty if the fact was never put to a model
MATCH (f:Fact) WHERE $relation = '' OR f.relation_id = $relation
OPTIONAL MATCH (f)<-[:RECALLS]-(k:Recall) WHERE $model = '' OR k.model_id = $model
OPTIONAL MATCH (f)<-[:EXPLAINS]-(c:Circuit) WHERE c.model_id = k.model_id
WITH f, k, count(c) AS circuits WHERE circuits = 0
OPTIONAL MATCH (f)<-[:SOUGHT]-(a:Attempt) WHERE a.model_id = k.model_id
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object, coalesce(a.code, 'not-ingested') AS reason,
  coalesce(a.detail, '') AS detail, a.method AS method, k.rank AS rank, k.model_id AS model
ORDER BY relation, reason, subject, method
