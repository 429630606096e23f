// Relations whose facts use a component, the most frequent use first.
// @param component: string — name, such as a9.h6
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation — relation id
// @column model — model id
// @column facts — facts of the relation with a circuit that holds the component
// @column explained — facts of the relation that have a circuit
// @column share — the one divided by the other
// @column score — mean score of the component in the circuits that hold it
MATCH (f:Fact)<-[:EXPLAINS]-(c:Circuit)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c.model_id AS model, f.relation_id AS relation, count(DISTINCT f.id) AS explained
MATCH (k:Component {name: $component})<-[i:INCLUDES]-(c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE k.model_id = model AND f.relation_id = relation AND ($method = '' OR c.method = $method)
WITH relation, model, explained, count(DISTINCT f.id) AS facts, avg(i.score) AS score
RETURN relation, model, facts, explained, toFloat(facts) / explained AS share, score
ORDER BY share DESC, facts DESC, relation
