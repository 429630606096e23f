// Circuits of whole relations: their sizes, and how they do on the facts that found them and on held-out facts.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — how the facts' circuits were found; empty: every method
// @column circuit, relation, model, method, rule — id, and rule: mean score, or vote of the facts' circuits
// @column edges, nodes, edges_collapsed, nodes_collapsed — native size; with q, k, v merged and kv-heads expanded
// @column target, reached, vote_share — mean faithfulness asked for; whether reached; share of circuits that hold an edge
// @column facts_train, faithfulness_train, hit10_train — facts that found the circuit, and means over them
// @column hit10_train_shuffled, hit10_train_model — with the relation's other answers; of the model
// @column facts, faithfulness, low, high — held-out facts, mean over them, and its 95% bootstrap interval
// @column faithfulness_shuffled, faithfulness_random — with the relation's other answers; of random circuits
// @column hit10, hit10_low, hit10_high, hit10_shuffled, hit10_random — the same of Hit@10 on the held-out facts
// @column hit10_model, hit10_model_shuffled — the model's Hit@10 on the held-out facts, and with the other answers
MATCH (c:RelationCircuit)-[h:TRANSFERS {part: 'held_out'}]->(r:Relation)
  WHERE c.relation_id = r.id AND ($relation = '' OR r.id = $relation)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
MATCH (c)-[t:TRANSFERS {part: 'train'}]->(r)
RETURN c.id AS circuit, r.id AS relation, c.model_id AS model, c.method AS method, c.rule AS rule, c.n_edges AS edges,
  c.n_nodes AS nodes, c.n_edges_collapsed AS edges_collapsed, c.n_nodes_collapsed AS nodes_collapsed,
  c.target AS target, c.reached AS reached, c.vote_share AS vote_share, t.n_facts AS facts_train,
  t.faithfulness AS faithfulness_train, t.hit10 AS hit10_train, t.hit10_shuffled AS hit10_train_shuffled,
  t.hit10_model AS hit10_train_model, h.n_facts AS facts, h.faithfulness AS faithfulness, h.faithfulness_low AS low,
  h.faithfulness_high AS high, h.faithfulness_shuffled AS faithfulness_shuffled,
  h.faithfulness_random AS faithfulness_random, h.hit10 AS hit10, h.hit10_low AS hit10_low,
  h.hit10_high AS hit10_high, h.hit10_shuffled AS hit10_shuffled, h.hit10_random AS hit10_random,
  h.hit10_model AS hit10_model, h.hit10_model_shuffled AS hit10_model_shuffled
ORDER BY circuit
