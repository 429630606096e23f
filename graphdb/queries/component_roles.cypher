// What a head does in every relation it was measured in, each score beside its null; relations where it has a role first.
// @param component: string — name, such as a9.h6
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording, template — relation id, model id, number of the template and its words
// @column role — `mover`, `relation`, `mixture` (both); empty: neither, as far as tests can tell
// @column mover, mover_null, mover_q — mover score in logits; its null, 0 by construction; Benjamini-Hochberg over the heads, empty for too few facts to test
// @column relation_score, relation_null, relation_q — score as a relation head; with another relation's objects; Benjamini-Hochberg
// @column facts, held — facts behind the scores; facts for which the head has a role
// @column attention — share of the last position's attention on sink, subject, template, last, other
// @column direct — direct logit attribution of the object through each of these, less the relation's other objects'
// @column writes, writes_share — tokens among the ten it raises most in more than half of the facts held, and in which share of them
MATCH (k:Component {name: $component}) WHERE $model = '' OR k.model_id = $model
WITH k MATCH (k)<-[:OF_COMPONENT]-(h:HeadRole)-[:IN_RELATION]->(r:Relation)
RETURN r.id AS relation, h.model_id AS model, h.wording AS wording,
  coalesce(r.templates[toInteger(h.wording)], '') AS template, h.role AS role, h.mover AS mover,
  h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_score, h.relation_null AS relation_null,
  h.relation_q AS relation_q, h.n_facts AS facts, COUNT { (h)-[:HOLDS_FOR]->(:Fact) } AS held,
  h.attention AS attention, h.direct AS direct, h.writes AS writes, h.writes_share AS writes_share
ORDER BY h.role = '', mover + relation_score DESC, relation, wording, model
