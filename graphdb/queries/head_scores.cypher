// Heads with a role anywhere, and their scores in every relation: the head x relation matrix, one cell a row.
// @param model: string = "" — model id; empty: every model
// @column component, layer, model — name, such as a9.h6; layer; model id
// @column relation, wording — relation id, and the number of its template
// @column role, facts — `mover`, `relation`, `mixture` or empty, and the facts behind the figures
// @column mover, mover_null, mover_q — mover score in logits, its null, and q over the heads; q is empty with too few facts
// @column relation_score, relation_null, relation_q — the same as a relation head
MATCH (k:Component)<-[:OF_COMPONENT]-(any:HeadRole) WHERE any.role <> '' AND ($model = '' OR any.model_id = $model)
WITH DISTINCT k
MATCH (k)<-[:OF_COMPONENT]-(h:HeadRole)
RETURN k.name AS component, k.layer AS layer, h.model_id AS model, h.relation_id AS relation, h.wording AS wording,
  h.role AS role, h.n_facts AS facts, h.mover AS mover, h.mover_null AS mover_null, h.mover_q AS mover_q,
  h.relation AS relation_score, h.relation_null AS relation_null, h.relation_q AS relation_q
ORDER BY model, relation, wording, component
