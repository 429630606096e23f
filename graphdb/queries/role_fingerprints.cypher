// Fingerprints of relations' roles of heads: equal fingerprints, equal roles. An ingest skips what stands already.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording — relation id, model id, number of the template
// @column fingerprint — hash of all that determines the roles
// @column facts — facts behind them
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(h:HeadRole) WHERE $model = '' OR h.model_id = $model
RETURN r.id AS relation, h.model_id AS model, h.wording AS wording, h.fingerprint AS fingerprint,
  max(h.n_facts) AS facts
ORDER BY relation, model, wording, fingerprint
