// Circuits with all their figures: of the whole store, a relation or a fact.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param circuit: string = "" — circuit id; empty: every circuit
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit, fact, relation, subject, object, model, method — what the circuit explains, in which model, how found
// @column edges, nodes — size; keys and values count as edges of their kv-head, kv-heads do not count as nodes
// @column target, reached — faithfulness asked for, and whether the circuit reaches it
// @column faithfulness, faithfulness_random — faithfulness, and the mean of random circuits of equal size and layer profile
// @column rank_model, rank_circuit, rank_random — rank of the answer in the model, in the circuit, in one random circuit
// @column hit10_model, hit10_circuit, hit10_random — whether it is among the ten best; for random circuits the share
// @column donor, foil, answer — fact of the corrupt prompt, its object's first token, the answer's first token
// @column clean_prompt, corrupt_prompt — the prompts
// @column run, artifact — run id, file name of the full edge scores
MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)
  WHERE ($relation = '' OR f.relation_id = $relation) AND ($fact = '' OR f.id = $fact)
    AND ($circuit = '' OR c.id = $circuit)
    AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
RETURN c.id AS circuit, f.id AS fact, f.relation_id AS relation, f.subject AS subject, f.object AS object,
  c.model_id AS model, c.method AS method, c.n_edges AS edges, c.n_nodes AS nodes, c.target AS target,
  c.reached AS reached, c.faithfulness AS faithfulness, c.faithfulness_random AS faithfulness_random,
  c.rank_model AS rank_model, c.rank_circuit AS rank_circuit, c.rank_random AS rank_random,
  c.hit10_model AS hit10_model, c.hit10_circuit AS hit10_circuit, c.hit10_random AS hit10_random,
  c.donor AS donor, c.foil AS foil, c.answer AS answer, c.clean_prompt AS clean_prompt,
  c.corrupt_prompt AS corrupt_prompt, c.run_id AS run, c.artifact AS artifact
ORDER BY circuit
