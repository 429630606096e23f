// What a head does in each relation, those first in which it has a role.
// @param component: string — name, such as a9.h6
// @param model: string = "" — model id; empty: every model
// @column relation, model — relation id, model id
// @column wording, template — number of the relation's template, and its words
// @column role, facts — `mover`, `relation`, `mixture` or empty, and the facts behind the figures
// @column mover, mover_null, mover_q — mover score in logits, its null, and q over the heads; q is empty with too few facts
// @column relation_score, relation_null, relation_q — the same as a relation head
// @column attention — share of the last position's attention on sink, subject, template, last, other
// @column writes, writes_share — tokens among the ten that it raises most in more than half of the facts for which it has a role, and in which share of these
MATCH (k:Component {name: $component}) WHERE $model = '' OR k.model_id = $model
MATCH (k)<-[:OF_COMPONENT]-(h:HeadRole)-[:IN_RELATION]->(r:Relation)
RETURN r.id AS relation, h.model_id AS model, h.wording AS wording,
  coalesce(r.templates[toInteger(h.wording)], '') AS template, h.role AS role, h.n_facts AS facts, h.mover AS mover,
  h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_score, h.relation_null AS relation_null,
  h.relation_q AS relation_q, h.attention AS attention, h.writes AS writes, h.writes_share AS writes_share
ORDER BY h.role = '', mover + relation_score DESC, relation, wording, model
