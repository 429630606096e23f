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
MATCH (t:FactSummary {method: $method}) WHERE t.model_id <> '' AND ($model = '' OR t.model_id = $model)
WITH t.model_id AS model, sum(t.n_facts) AS facts
WITH collect({model: model, facts: facts}) AS explained
MATCH (s:ComponentSummary {method: $method})
  WHERE ($model = '' OR s.model_id = $model) AND size(s.relation_ids) >= $min_relations
WITH s, substring(s.component_id, size(s.model_id) + 1) AS component,
  [e IN explained WHERE e.model = s.model_id | e.facts][0] AS explained
WHERE NOT component IN ['embed', 'logits']
RETURN component,
  CASE WHEN component STARTS WITH 'm' THEN 'mlp' WHEN component CONTAINS '.kv' THEN 'kv_head' ELSE 'head' END AS kind,
  toInteger(split(substring(component, 1), '.')[0]) AS layer, s.model_id AS model, size(s.relation_ids) AS relations,
  s.n_facts AS facts, toFloat(s.n_facts) / explained AS share, s.relation_ids AS relation_ids
ORDER BY relations DESC, facts DESC, model, component
