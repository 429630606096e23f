// Heads that are movers for one relation and relation heads for another, with what they score in relations where they are not.
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column component, model, layer — the head, model id, layer
// @column mover_for, relation_for — relations that it is a mover for, and a relation head for; a mixture is in both lists
// @column mover, mover_elsewhere — its mover score in the ones, in the other relations: means over relations and wordings, in logits
// @column relation_score, relation_elsewhere — the same as a relation head
// @column relations — relations that it is tested in
MATCH (h:HeadRole) WHERE ($model = '' OR h.model_id = $model) AND ($wording = '' OR h.wording = $wording)
  AND h.mover_q IS NOT NULL
WITH h.component_id AS id, h.relation_id AS relation, h.mover AS mover, h.relation AS score,
  h.role IN ['mover', 'mixture'] AS moves, h.role IN ['relation', 'mixture'] AS relates ORDER BY relation
WITH id, collect(DISTINCT CASE WHEN moves THEN relation END) AS mover_for,
  collect(DISTINCT CASE WHEN relates THEN relation END) AS relation_for,
  avg(CASE WHEN moves THEN mover END) AS mover, avg(CASE WHEN NOT moves THEN mover END) AS mover_elsewhere,
  avg(CASE WHEN relates THEN score END) AS relation_score,
  avg(CASE WHEN NOT relates THEN score END) AS relation_elsewhere, count(DISTINCT relation) AS relations
  WHERE size(mover_for) > 0 AND size(relation_for) > 0
    AND (size(mover_for) > 1 OR size(relation_for) > 1 OR mover_for[0] <> relation_for[0])
MATCH (k:Component {id: id})
RETURN k.name AS component, k.model_id AS model, k.layer AS layer, mover_for, relation_for, mover, mover_elsewhere,
  relation_score, relation_elsewhere, relations
ORDER BY size(mover_for) + size(relation_for) DESC, model, component
