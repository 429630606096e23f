// Roles that heads have in relations, with their scores beside their nulls.
// @param model: string = "" — model id; empty: every model
// @column component, layer, model — name, such as a9.h6; layer; model id
// @column relation, wording — relation id, and the number of its template
// @column role, facts — `mover`, `relation` or `mixture`, and the facts behind the figures
// @column mover, mover_null, mover_q — mover score in logits, its null, and q over the heads
// @column relation_score, relation_null, relation_q — the same as a relation head
MATCH (k:Component)<-[:OF_COMPONENT]-(h:HeadRole) WHERE h.role <> '' AND ($model = '' OR h.model_id = $model)
RETURN k.name AS component, k.layer AS layer, h.model_id AS model, h.relation_id AS relation, h.wording AS wording,
  h.role AS role, h.n_facts AS facts, h.mover AS mover, h.mover_null AS mover_null, h.mover_q AS mover_q,
  h.relation AS relation_score, h.relation_null AS relation_null, h.relation_q AS relation_q
ORDER BY model, relation, wording, component
