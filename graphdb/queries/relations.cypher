// Relations of the store: their facts, how many are known, how many have circuits. `relation_quality` says how good.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation — relation id
// @column name — name of the relation
// @column category — kind of relation
// @column facts — facts
// @column known — facts that the model knows (with several models: that one of them knows)
// @column explained — facts that have a circuit
// @column circuits — circuits
MATCH (r:Relation)
OPTIONAL MATCH (r)<-[:OF_RELATION]-(f:Fact)
WITH r, count(f) AS facts
OPTIONAL MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:RECALLS]-(k:Recall) WHERE k.known AND ($model = '' OR k.model_id = $model)
WITH r, facts, count(DISTINCT f.id) AS known
OPTIONAL MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN r.id AS relation, r.name AS name, r.category AS category, facts, known,
  count(DISTINCT f.id) AS explained, count(c) AS circuits
ORDER BY relation
