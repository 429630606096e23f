// Heads that are new with demonstrations, and for which relations: they attend to the demonstrations' answers far above an even spread, and are no movers without demonstrations.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param shots: integer = 0 — demonstrations before each prompt; 0: every number
// @column component, layer, model — the head, its layer, model id
// @column shots — demonstrations before each prompt
// @column new_for, relations — relations that it is new for; relations and wordings with enough facts to test
// @column attention, even, shuffled — means over those that it is new for: attention on the answers, what an even spread over the demonstrations' tokens would give, the attention where the answers are other facts'
// @column mover_zero, mover — mover score without and with demonstrations, in logits, the same means
MATCH (r:Relation)<-[:IN_RELATION]-(h:DemonstrationHead)
  WHERE ($model = '' OR h.model_id = $model) AND ($shots = 0 OR h.shots = $shots) AND h.attention_q IS NOT NULL
WITH h.component_id AS id, h.shots AS shots, count(h) AS relations,
  collect(DISTINCT CASE WHEN h.is_new THEN r.id END) AS new_for,
  avg(CASE WHEN h.is_new THEN h.attention END) AS attention,
  avg(CASE WHEN h.is_new THEN h.attention_null END) AS even,
  avg(CASE WHEN h.is_new THEN h.attention_shuffled END) AS shuffled,
  avg(CASE WHEN h.is_new THEN h.mover_zero END) AS mover_zero, avg(CASE WHEN h.is_new THEN h.mover END) AS mover
  WHERE size(new_for) > 0 AND ($relation = '' OR $relation IN new_for)
UNWIND new_for AS name
WITH id, shots, relations, attention, even, shuffled, mover_zero, mover, name ORDER BY name
WITH id, shots, relations, attention, even, shuffled, mover_zero, mover, collect(name) AS new_for
MATCH (k:Component {id: id})
RETURN k.name AS component, k.layer AS layer, k.model_id AS model, shots, new_for, relations, attention, even, shuffled,
  mover_zero, mover
ORDER BY model, shots, size(new_for) DESC, attention DESC, component
