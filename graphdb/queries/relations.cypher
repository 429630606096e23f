// Relations of the store: their facts, how many are known, how many have circuits. `relation_quality` says how good.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column relation — relation id
// @column name — name of the relation
// @column category — kind of relation
// @column derived_from — relations that its facts follow from: two are composed, one is reversed; empty: its facts are its own
// @column facts — facts
// @column asked — facts that were put to the model (with several models: to one of them)
// @column known — facts that the model knows (with several models: that one of them knows)
// @column explained — facts that have a circuit
// @column circuits — circuits
MATCH (r:Relation)
OPTIONAL MATCH (a:RecallSummary {id: $model + '|' + r.id})
OPTIONAL MATCH (t:FactSummary {id: $model + '|' + r.id + '|' + $method})
RETURN r.id AS relation, r.name AS name, r.category AS category,
  coalesce(r.derived_from, []) AS derived_from, COUNT { (r)<-[:OF_RELATION]-(:Fact) } AS facts,
  coalesce(a.n_asked, 0) AS asked, coalesce(a.n_known, 0) AS known,
  coalesce(t.n_facts, 0) AS explained, coalesce(t.n_circuits, 0) AS circuits
ORDER BY relation
