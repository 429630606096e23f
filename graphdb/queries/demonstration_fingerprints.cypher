// Fingerprints of what demonstrations change: equal fingerprints, equal figures. `kcircuits demonstrate` skips what stands already.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column relation, model, wording, shots — relation id, model id, number of the template, demonstrations before each prompt
// @column fingerprint — hash of all that determines them
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:IN_RELATION]-(d:Demonstration) WHERE $model = '' OR d.model_id = $model
RETURN DISTINCT r.id AS relation, d.model_id AS model, d.wording AS wording, d.shots AS shots,
  d.fingerprint AS fingerprint
ORDER BY relation, model, wording, shots, fingerprint
