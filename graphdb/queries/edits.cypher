// Edits of models, each beside its sham: a random change of the same weights that is as large.
// @param model: string = "" — id of the model that was edited; empty: every model
// @param fact: string = "" — fact id; empty: every fact
// @column edit, model, fact — id of the edit and of the variant that it makes, the model before it, the fact
// @column given, object — what the model gave before, and what it is to give
// @column artifact — name of the file that holds the change; empty where it was lost
// @column method, layer, share — how and where; size of the change beside that of the weights
// @column efficacy, paraphrase_prefix, paraphrase_template — whether the new object is given, in other words too
// @column neighbourhood, other — share of unchanged answers: same relation, other relations
// @column neighbourhood_sham, other_sham — the same after the sham
// @column kl_neighbourhood, kl_other, flips, flips_sham — divergence of the next token, nats; answers that changed
MATCH (e:Edit)<-[:OF_EDIT]-(x:EditEffects {is_sham: false})
  WHERE ($model = '' OR e.model_id = $model) AND ($fact = '' OR e.fact_id = $fact)
MATCH (e)<-[:OF_EDIT]-(s:EditEffects {is_sham: true})
RETURN e.id AS edit, e.model_id AS model, e.fact_id AS fact, e.given AS given, e.object AS object,
  e.artifact AS artifact, e.method AS method, e.layer AS layer, e.share AS share, x.efficacy AS efficacy,
  x.paraphrase_prefix AS paraphrase_prefix, x.paraphrase_template AS paraphrase_template, x.neighbourhood AS neighbourhood, x.other AS other,
  s.neighbourhood AS neighbourhood_sham, s.other AS other_sham, x.kl_neighbourhood AS kl_neighbourhood,
  x.kl_other AS kl_other, x.flips AS flips, s.flips AS flips_sham
ORDER BY fact, edit
