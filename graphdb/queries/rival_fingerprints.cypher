// Fingerprints of facts' rivals: equal fingerprints, equal rivals. An ingest skips what stands already.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column fact, model, wording — fact id, model id, number of the template
// @column fingerprint — hash of all that determines them
MATCH (r:Relation) WHERE $relation = '' OR r.id = $relation
WITH r MATCH (r)<-[:OF_RELATION]-(f:Fact)<-[:OF_FACT]-(v:Rival) WHERE $model = '' OR v.model_id = $model
RETURN f.id AS fact, v.model_id AS model, v.wording AS wording, v.fingerprint AS fingerprint
ORDER BY fact, model, wording
