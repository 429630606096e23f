// Roles of heads by layer, in one relation or over all, beside the numbers that an even spread over the heads would give.
// A head counts once for each relation and wording that it is tested in.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column model, layer — model id, layer
// @column movers, movers_expected — movers in the layer; as many as its heads would have of all of them
// @column relation_heads, relation_heads_expected — the same for relation heads
// @column mixtures, mixtures_expected — the same for heads that are both, which are not among the others
// @column heads, measured — heads tested in the layer; heads measured, those with too few facts to test included
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(h:HeadRole)
  WHERE ($model = '' OR h.model_id = $model) AND ($wording = '' OR h.wording = $wording)
MATCH (h)-[:OF_COMPONENT]->(k:Component)
WITH h.model_id AS model, k.layer AS layer, count(h) AS measured, count(h.mover_q) AS heads,
  sum(CASE WHEN h.role = 'mover' THEN 1 ELSE 0 END) AS movers,
  sum(CASE WHEN h.role = 'relation' THEN 1 ELSE 0 END) AS relation_heads,
  sum(CASE WHEN h.role = 'mixture' THEN 1 ELSE 0 END) AS mixtures
WITH model, collect({layer: layer, measured: measured, heads: heads, movers: movers, relation_heads: relation_heads,
  mixtures: mixtures}) AS layers, toFloat(sum(heads)) AS all, sum(movers) AS m, sum(relation_heads) AS r, sum(mixtures) AS x
UNWIND layers AS l
RETURN model, l.layer AS layer, l.movers AS movers, CASE WHEN all > 0 THEN m * l.heads / all ELSE 0.0 END AS movers_expected,
  l.relation_heads AS relation_heads, CASE WHEN all > 0 THEN r * l.heads / all ELSE 0.0 END AS relation_heads_expected,
  l.mixtures AS mixtures, CASE WHEN all > 0 THEN x * l.heads / all ELSE 0.0 END AS mixtures_expected,
  l.heads AS heads, l.measured AS measured
ORDER BY model, layer
