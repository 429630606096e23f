// Components that the circuits of at least `min_relations` relations share. Embedding and logits, in every circuit, are left out.
// @param min_relations: integer = 3 — least number of relations
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column component — name, such as a9.h6
// @column kind — head, kv_head or mlp
// @column layer — layer
// @column model — model id
// @column relations — relations with at least one circuit that holds the component
// @column facts — facts with a circuit that holds it
// @column share — facts, as a share of the model's facts that have a circuit
// @column relation_ids — the relations
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, count(DISTINCT f.id) AS explained, collect(c) AS circuits
UNWIND circuits AS c
MATCH (c)-[:EXPLAINS]->(f:Fact)
WITH c, model, explained, f.id AS fact, f.relation_id AS relation
MATCH (c)-[:INCLUDES]->(k:Component)
WITH k, model, explained, count(DISTINCT fact) AS facts, collect(DISTINCT relation) AS relation_ids
  WHERE size(relation_ids) >= $min_relations AND NOT k.kind IN ['embed', 'logits']
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, model, size(relation_ids) AS relations,
  facts, toFloat(facts) / explained AS share, relation_ids
ORDER BY relations DESC, facts DESC, model, component
