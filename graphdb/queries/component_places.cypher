// Where in the prompt a component acts in the circuits that hold it: means over the circuits of each relation, in logits.
// @param component: string — name, such as a9.h6
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation, model, method — relation id, model id, how the circuits were found
// @column circuits — circuits that hold it, and say where it acts
// @column at_subject, at_template, at_last — what its edges out do, signed, by where it writes: the subject's tokens, all others but the last, the last
MATCH (k:Component {name: $component}) WHERE $model = '' OR k.model_id = $model
MATCH (k)<-[:INSTANCE_OF]-(n:CircuitNode) WHERE n.at_last IS NOT NULL
MATCH (n)<-[:HAS_NODE]-(c:Circuit) WHERE $method = '' OR c.method = $method
WITH n, c, split(c.fact_id, '/')[0] AS relation
RETURN relation, c.model_id AS model, c.method AS method, count(c) AS circuits, avg(n.at_subject) AS at_subject,
  avg(n.at_template) AS at_template, avg(n.at_last) AS at_last
ORDER BY relation, model, method
