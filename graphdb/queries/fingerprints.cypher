// Fingerprints of circuits: equal fingerprints, equal circuits. An ingest skips what stands already.
// @param model: string = "" — model id; empty: every model
// @column circuit — circuit id
// @column fingerprint — hash of all that determines the circuit
// @column run, source — run id; tool and format of an imported one, empty: found here
MATCH (c:Circuit) WHERE $model = '' OR c.model_id = $model
RETURN c.id AS circuit, c.fingerprint AS fingerprint, c.run_id AS run, c.source AS source
ORDER BY circuit
