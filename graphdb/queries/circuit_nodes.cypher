// Components of a circuit, and how many facts of the store use each of them, by circuits found in the same way.
// @param circuit: string — circuit id
// @column component — name, such as a9.h6
// @column kind — embed, head, kv_head, mlp or logits
// @column layer — layer; empty for embedding and logits
// @column head — head or kv-head within the layer; empty for the others
// @column score — sum of the absolute weights of the outgoing edges (of the incoming ones at the logits)
// @column facts — facts of the store with a circuit of this method that holds the component
// @column relations — relations of these facts
MATCH (c:Circuit {id: $circuit})-[i:INCLUDES]->(k:Component)
MATCH (s:ComponentSummary {id: k.id + '|' + c.method})
RETURN k.name AS component, k.kind AS kind, k.layer AS layer, k.head AS head, i.score AS score,
  s.n_facts AS facts, size(s.relation_ids) AS relations
ORDER BY score DESC, component
