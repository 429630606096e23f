// Fingerprints of facts' lenses: equal fingerprints, equal lenses. An ingest skips what stands already.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @column fact, model, wording, lens — fact id, model id, number of the template, `closed`, `raw` or `ridge`
// @column fingerprint — hash of all that determines the lens
MATCH (f:Fact) WHERE $relation = '' OR f.relation_id = $relation
WITH f MATCH (f)<-[:OF_FACT]-(l:FactLens) WHERE $model = '' OR l.model_id = $model
RETURN f.id AS fact, l.model_id AS model, l.wording AS wording, l.lens AS lens, l.fingerprint AS fingerprint
ORDER BY fact, model, wording, lens
