// What edits changed: a row for the edit and a row for its sham, a random change of the same weights that is as large.
// @param model: string = "" — id of the model that was edited; empty: every model
// @param fact: string = "" — fact id; empty: every fact
// @column fact, prompt, given, object — the fact, the words it was edited in, what the model gave, what it is to give
// @column method, layer, seed — how and where; seed of sampled words and of the sham
// @column moment — hash of the second moment of keys; empty where a method has none
// @column is — `edit` or `sham`
// @column efficacy, probability — 1 if the new object is the first choice behind the edited prompt; its probability
// @column paraphrase_prefix, paraphrase_template — share of prompts behind other words, of other templates, that give it
// @column neighbourhood, other — share of unchanged answers: same relation, other relations
// @column kl_neighbourhood, kl_other — divergence of the next token on these facts, nats, mean
// @column spread — share of the relation's other facts that give the new object now
// @column flips, flips_firm — answers that changed; those that stood .25 nats or more before the second choice
// @column n_neighbourhood, n_other — facts asked
// @column seconds — processor time of the edit itself
// @column changes — facts asked whose change is stored one by one: the query `edit_changes` has them
// @column edit, artifact — id of the edit, name of the file that holds the change
MATCH (e:Edit)<-[:OF_EDIT]-(x:EditEffects)
  WHERE ($model = '' OR e.model_id = $model) AND ($fact = '' OR e.fact_id = $fact)
RETURN e.fact_id AS fact, e.prompt AS prompt, e.given AS given, e.object AS object, e.method AS method,
  e.layer AS layer, e.seed AS seed, e.moment_sha256 AS moment, CASE WHEN x.is_sham THEN 'sham' ELSE 'edit' END AS `is`,
  x.efficacy AS efficacy, x.probability AS probability, x.paraphrase_prefix AS paraphrase_prefix,
  x.paraphrase_template AS paraphrase_template, x.neighbourhood AS neighbourhood, x.other AS other,
  x.kl_neighbourhood AS kl_neighbourhood, x.kl_other AS kl_other, x.spread AS spread, x.flips AS flips,
  x.flips_firm AS flips_firm, x.n_neighbourhood AS n_neighbourhood, x.n_other AS n_other, e.seconds AS seconds,
  COUNT { (e)<-[:OF_EDIT]-(:EditChange) } AS changes, e.id AS edit, e.artifact AS artifact
ORDER BY fact, edit, `is`
