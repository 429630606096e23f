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
MATCH (k:Component {name: $component})-[u:USED_BY {method: $method}]->(r:Relation)
  WHERE $model = '' OR k.model_id = $model
MATCH (t:FactSummary {id: u.model_id + '|' + u.relation_id + '|' + $method})
RETURN r.id AS relation, u.model_id AS model, u.n_facts AS facts, t.n_facts AS explained,
  toFloat(u.n_facts) / t.n_facts AS share, u.score / 16777216.0 / u.n_circuits AS score
ORDER BY share DESC, facts DESC, relation
