// Facts for which a head has a role, with its own scores there, the highest first.
// @param component: string — name, such as a9.h6
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param limit: integer = 1000 — most facts to return
// @column relation, subject, object, fact, model — the fact
// @column wording — number of the relation's template
// @column role — `mover`, `relation` or `mixture`, as far as the fact's own scores go
// @column mover, relation_score — the fact's own scores in logits
// @column writes — tokens that the head raises most at the last position, the highest first
MATCH (k:Component {name: $component}) WHERE $model = '' OR k.model_id = $model
MATCH (k)<-[:OF_COMPONENT]-(h:HeadRole) WHERE $relation = '' OR h.relation_id = $relation
MATCH (h)-[o:HOLDS_FOR]->(f:Fact)
WITH h, o, f ORDER BY o.mover + o.relation DESC, f.id, h.wording, h.model_id LIMIT $limit
RETURN f.relation_id AS relation, f.subject AS subject, f.object AS object, f.id AS fact, h.model_id AS model,
  h.wording AS wording, o.role AS role, o.mover AS mover, o.relation AS relation_score, coalesce(o.writes, []) AS writes
ORDER BY mover + relation_score DESC, fact, wording, model
