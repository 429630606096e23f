// How a model recalls each fact that was put to it.
// @param model: string = "" — model id; empty: every model
// @column fact, model — fact id, model id
// @column prompt — the prompt that was asked
// @column answer — first token of the accepted object that the model ranks best
// @column rank, probability, known — of the answer among the next tokens; whether it is within the limit for known facts
MATCH (k:Recall) WHERE $model = '' OR k.model_id = $model
RETURN k.fact_id AS fact, k.model_id AS model, k.prompt AS prompt, k.answer AS answer, k.rank AS rank,
  k.probability AS probability, k.known AS known
ORDER BY fact, model
