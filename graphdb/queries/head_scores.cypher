// The head x relation matrix of scores, a cell a row: heads that have a role in most relations, in every relation.
// @param role: string = "mover" — `mover` or `relation`: heads that have it, or both, in some relation
// @param wording: string = "0" — number of the relations' templates
// @param model: string = "" — model id; empty: every model
// @param limit: integer = 60 — most heads to return
// @column component, layer, model — name, such as a9.h6; layer; model id
// @column relation — relation id
// @column role, facts — `mover`, `relation`, `mixture` or empty, and the facts behind the figures
// @column mover, mover_null, mover_q — mover score in logits, its null, and q over the heads; q is empty with too few facts
// @column relation_score, relation_null, relation_q — the same as a relation head
MATCH (any:HeadRole)
  WHERE any.role IN [$role, 'mixture'] AND any.wording = $wording AND ($model = '' OR any.model_id = $model)
WITH any.component_id AS id, count(any) AS n, sum(CASE $role WHEN 'mover' THEN any.mover ELSE any.relation END) AS total
ORDER BY n DESC, total DESC, id LIMIT $limit
MATCH (k:Component {id: id})<-[:OF_COMPONENT]-(h:HeadRole) WHERE h.wording = $wording
RETURN k.name AS component, k.layer AS layer, k.model_id AS model, h.relation_id AS relation, h.role AS role,
  h.n_facts AS facts, h.mover AS mover, h.mover_null AS mover_null, h.mover_q AS mover_q, h.relation AS relation_score,
  h.relation_null AS relation_null, h.relation_q AS relation_q
ORDER BY model, component, relation
