// What the components of a circuit do: where its nodes act, and the roles of heads in its relation, in its wording.
// @param circuit: string — circuit id
// @column component, in_circuit — name, such as a9.h6; whether the circuit holds it: heads with figures in the relation are here too if it does not
// @column role — what the head does for the circuit's fact: `mover`, `relation`, `mixture`; empty: none known
// @column score — of the circuit's node, see `circuit_nodes`
// @column at_subject, at_template, at_last — what its edges out do in logits, by where it writes; empty where it was not measured
// @column tokens, attends — the prompt as the tokenizer splits it, and the share of the head's attention at the last position on each; empty where it was not measured
// @column fact_mover, fact_relation, writes — the fact's own scores in logits, and tokens that it raises most there; empty where it has no role for the fact
// @column role_in_relation, facts — what the head is in the relation, and over how many facts
// @column mover, mover_null, mover_q — mover score in logits, its null, and q over the heads
// @column relation_score, relation_null, relation_q — the same as a relation head
// @column attention — share of the last position's attention on sink, subject, template, last, other
// @column writes_most, writes_share — tokens among the ten that it raises most in more than half of the facts for which it has a role, and in which share of these
MATCH (x:Contrast)<-[:OF_CONTRAST]-(c:Circuit {id: $circuit})-[:EXPLAINS]->(f:Fact)
MATCH (m:Model {id: c.model_id})<-[:IN_MODEL]-(k:Component)
OPTIONAL MATCH (n:CircuitNode {id: c.id + '|' + k.id})
OPTIONAL MATCH (h:HeadRole {id: c.model_id + '|' + f.relation_id + '|' + x.wording + '|' + k.name})
WITH f, x, k, n, h WHERE n IS NOT NULL OR h IS NOT NULL
OPTIONAL MATCH (h)-[o:HOLDS_FOR]->(f)
RETURN k.name AS component, n IS NOT NULL AS in_circuit, coalesce(o.role, n.role, '') AS role, n.score AS score,
  n.at_subject AS at_subject, n.at_template AS at_template, n.at_last AS at_last, coalesce(x.tokens, []) AS tokens,
  coalesce(n.attention, []) AS attends, o.mover AS fact_mover, o.relation AS fact_relation, coalesce(o.writes, []) AS writes, h.role AS role_in_relation, h.n_facts AS facts,
  h.mover AS mover, h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_score,
  h.relation_null AS relation_null, h.relation_q AS relation_q, coalesce(h.attention, []) AS attention,
  coalesce(h.writes, []) AS writes_most, coalesce(h.writes_share, []) AS writes_share
ORDER BY component
