// Mover heads: heads that write a fact's object from its subject, the strongest of each relation first. Mixtures are among them.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column relation, model, component, role — relation id, model id, the head; `mover`, or `mixture`: a relation head too
// @column score, null, q — direct attribution of the object through the subject in logits, double-centred; mean of the cells of other facts' objects, 0 by construction, see `role_checks` for a baseline that can fail; Benjamini-Hochberg over the model's heads
// @column facts, held — facts behind the score; facts for which the head is a mover
// @column wording, templates — the template's number; templates of the relation in which it is a mover
// @column attention — share of the last position's attention on sink, subject, template, last, other
// @column writes, writes_share — tokens among the ten it raises most in more than half of the facts held, and in which share of them
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(h:HeadRole)
  WHERE h.role IN ['mover', 'mixture'] AND ($model = '' OR h.model_id = $model)
WITH r, h ORDER BY h.wording
WITH r, h.component_id AS id, collect(h) AS found, collect(r.templates[toInteger(h.wording)]) AS templates
UNWIND found AS h
WITH r, h, templates WHERE $wording = '' OR h.wording = $wording
OPTIONAL MATCH (h)-[f:HOLDS_FOR]->(:Fact) WHERE f.role IN ['mover', 'mixture']
WITH r, h, templates, count(f) AS held
RETURN r.id AS relation, h.model_id AS model, h.component AS component, h.role AS role, h.mover AS score,
  h.mover_null AS `null`, h.mover_q AS q, h.n_facts AS facts, held, h.wording AS wording, templates,
  h.attention AS attention, h.writes AS writes, h.writes_share AS writes_share
ORDER BY relation, model, wording, score DESC, component
