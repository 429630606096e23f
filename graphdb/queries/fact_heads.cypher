// Heads of a fact's relation, in every wording they were measured in, and what each does for the fact; those with a role for it first.
// @param fact: string — fact id
// @param model: string = "" — model id; empty: every model
// @column model, component, wording — model id, the head, number of the template
// @column role, relation_role — for the fact, as far as its own scores go; in the relation; empty: none
// @column mover, relation_score — the fact's own scores in logits; empty where the head has no role for it
// @column mover_mean, mover_null, mover_q — mean over the relation's facts; its null, 0 by construction; Benjamini-Hochberg over the heads
// @column relation_mean, relation_null, relation_q — the same as a relation head; with another relation's objects; Benjamini-Hochberg
// @column facts — facts behind the means
// @column attention, direct — share of the last position's attention on sink, subject, template, last, other; direct attribution of the object through each
// @column writes, writes_in_most, writes_share — tokens it raises most for the fact; those in more than half of the facts it has a role for, in which share
MATCH (f:Fact {id: $fact})-[:OF_RELATION]->(:Relation)<-[:IN_RELATION]-(h:HeadRole)
  WHERE $model = '' OR h.model_id = $model
OPTIONAL MATCH (h)-[x:HOLDS_FOR]->(f)
RETURN h.model_id AS model, h.component AS component, h.wording AS wording, coalesce(x.role, '') AS role,
  h.role AS relation_role, x.mover AS mover, x.relation AS relation_score, h.mover AS mover_mean,
  h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_mean, h.relation_null AS relation_null,
  h.relation_q AS relation_q, h.n_facts AS facts, h.attention AS attention, h.direct AS direct,
  coalesce(x.writes, []) AS writes, h.writes AS writes_in_most, h.writes_share AS writes_share
ORDER BY model, wording, role = '', coalesce(mover, mover_mean) + coalesce(relation_score, relation_mean) DESC, component
