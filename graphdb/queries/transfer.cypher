// Transfer matrix: how well each relation's circuit carries each relation's held-out facts; the diagonal is its own.
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — how the facts' circuits were found; empty: every method
// @param rule: string = "" — mean or vote; empty: both
// @column model, method, rule — which circuits
// @column circuit_of — the relation whose circuit runs
// @column facts_of — the relation whose held-out facts are asked
// @column faithfulness, low, high — mean over these facts, and its 95% bootstrap interval
// @column faithfulness_random — of random circuits of the circuit's size and layer profile
// @column hit10, hit10_random — share of answers among the ten best, and of the random circuits
// @column n_facts — held-out facts
MATCH (c:RelationCircuit)-[t:TRANSFERS {part: 'held_out'}]->(:Relation)
  WHERE ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
    AND ($rule = '' OR c.rule = $rule)
RETURN c.model_id AS model, c.method AS method, c.rule AS rule, c.relation_id AS circuit_of,
  t.relation_id AS facts_of, t.faithfulness AS faithfulness, t.faithfulness_low AS low, t.faithfulness_high AS high,
  t.faithfulness_random AS faithfulness_random, t.hit10 AS hit10, t.hit10_random AS hit10_random, t.n_facts AS n_facts
ORDER BY model, method, rule, circuit_of, facts_of
