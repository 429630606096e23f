// How a model recalls each fact that was put to it.
// @param model: string = "" — model id; empty: every model
// @column fact, model — fact id, model id
// @column prompt — the prompt that was asked
// @column answer — token that is read of the accepted object that the model ranks best: mostly its first
// @column rank, probability, known — of the answer among the next tokens; whether it is within the limit for known facts
// @column probability_object — of the whole object that the answer is a token of; empty where it was not measured
MATCH (k:Recall) WHERE $model = '' OR k.model_id = $model
RETURN k.fact_id AS fact, k.model_id AS model, k.prompt AS prompt, k.answer AS answer, k.rank AS rank,
  k.probability AS probability, k.known AS known, k.probability_object AS probability_object
ORDER BY fact, model
