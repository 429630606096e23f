// Circuits that were sought and not found, and why: a row for each fact, model and method.
// @param relation: string = "" — relation id; empty: every relation
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column fact, model, method — what was sought
// @column contrast_kind, wording — kind of the contrast; the template's number or the words
// @column reason, detail — why there is none, and the figures and names behind that
// @column attempt, fingerprint — id of the attempt: that of the circuit if there were one; hash of all that determines it, empty where the search did not begin
MATCH (a:Attempt)
  WHERE ($relation = '' OR split(a.fact_id, '/')[0] = $relation) AND ($model = '' OR a.model_id = $model)
    AND ($method = '' OR a.method = $method)
RETURN a.fact_id AS fact, a.model_id AS model, a.method AS method, a.contrast_kind AS contrast_kind,
  a.wording AS wording, a.code AS reason, a.detail AS detail, a.id AS attempt, a.fingerprint AS fingerprint
ORDER BY attempt
