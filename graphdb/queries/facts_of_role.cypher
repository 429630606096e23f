// Facts for which a head has a role, by the fact's own scores; the head's means over the relation and their nulls beside them.
// @param component: string — name, such as a9.h6
// @param role: string = "" — `mover` or `relation`, with mixtures, or `mixture`; empty: any
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param limit: integer = 1000 — most facts to return
// @column fact, relation, subject, object, model, wording — the fact, the model, the number of the template
// @column role — what the head is in the relation, as far as the fact's own scores reach .1 logit too: no test of one fact
// @column mover, relation_score — the fact's own scores, in logits
// @column mover_mean, mover_null, mover_q — mean over the relation's facts; its null, 0 by construction; Benjamini-Hochberg
// @column relation_mean, relation_null, relation_q — the same as a relation head; with another relation's objects; Benjamini-Hochberg
// @column writes — tokens that the head raises most at the last position of the fact's prompt, the highest first
MATCH (k:Component {name: $component}) WHERE $model = '' OR k.model_id = $model
WITH k MATCH (k)<-[:OF_COMPONENT]-(h:HeadRole) WHERE $relation = '' OR h.relation_id = $relation
WITH h MATCH (h)-[x:HOLDS_FOR]->(f:Fact)
  WHERE $role = '' OR x.role = $role OR (x.role = 'mixture' AND $role IN ['mover', 'relation'])
RETURN f.id AS fact, f.relation_id AS relation, f.subject AS subject, f.object AS object, h.model_id AS model,
  h.wording AS wording, x.role AS role, x.mover AS mover, x.relation AS relation_score, h.mover AS mover_mean,
  h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_mean, h.relation_null AS relation_null,
  h.relation_q AS relation_q, x.writes AS writes
ORDER BY mover + relation_score DESC, fact, wording, model
LIMIT $limit
