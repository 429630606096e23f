// Circuits with all their figures: of the whole store, a relation or a fact.
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param circuit: string = "" — circuit id; empty: every circuit
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @column circuit, fact, relation, subject, object, model, method, source, effort, ablation — what the circuit explains, in which model; how it was found; tool and format of an imported one; what edges outside it carry, `corrupt`, `mean` or `zero`
// @column edges, edges_searched, nodes — size, and edges before pruning by exact tests; keys and values count as edges of their kv-head, kv-heads do not count as nodes
// @column contrast, contrast_kind, wording — id and kind of the contrast that it explains, see `contrasts`; the template's number or the words
// @column donors_find, donors_size, donors_unseen, lacks, judged_on — donors whose prompts found it, chose its size, were used for neither; parts with too few of them; the donors that judge: `unseen`, else `size`, else `find`; empty: nothing is measured, and all figures are absent; what says nothing else is a mean over them
// @column target, reached, faithfulness_size — faithfulness asked for, whether every donor that chose the size gives it, the lowest that one gives
// @column faithfulness, faithfulness_lowest, faithfulness_both_ways, judges_reached — faithfulness; that of the lowest judge; 1 - min(1, |1 - f|), where too much counts like too little; share of the judges at the target
// @column faithfulness_random, random_draws, random_spread — mean of so many random circuits of equal size and layer profile, and their standard deviation
// @column faithfulness_other, other — faithfulness of a circuit of equal size found for that fact of another relation; empty if there was none
// @column completeness, faithfulness_template — faithfulness of the model without the circuit, 0 if nothing survives; of the same edges on the relation's second template, against one donor, empty without one
// @column divergence, top1 — KL(model || circuit) of the next token in nats; share of the donors against which the best token is the model's
// @column needed, loss_10, loss_30 — share of the edges whose single removal costs more than 1% of the faithfulness, to first order; faithfulness lost without a random 10%, and 30%, of the edges
// @column stability, stability_relation, stability_other — Jaccard with the circuit of equal size that the donors which did not find this one find, empty where it was not sought; with one of another fact of the relation; with one of `other`
// @column metric_clean, metric_ablated, metric_circuit — logit(answer) - logit(foil) of the model, the empty circuit and the circuit, against `donor`
// @column rank_model, rank_circuit, rank_random — rank of the answer in the model, in the circuit, in one random circuit, against `donor`
// @column hit10_model, hit10_circuit, hit10_random — whether it is among the ten best; for random circuits the share
// @column curve_sizes, curve, curve_random, cmd — shares of the native edges, faithfulness of so many strongest and random edges against `donor`, area between curve and 1; empty without --curve
// @column donor, foil, answer — the first judging donor, the token that is right after its prompt, and the one after the fact's
// @column clean_prompt, corrupt_prompt, beginning — the fact's prompt and that donor's; what both get before the answer is read
// @column weights, untrained, run, artifact — what edges' weights are, `effect`, `score` or `membership`; edges beyond those that the method trains; run id, file name of the full edge scores
MATCH (c:Circuit)
  WHERE ($relation = '' OR split(c.fact_id, '/')[0] = $relation) AND ($fact = '' OR c.fact_id = $fact)
    AND ($circuit = '' OR c.id = $circuit) AND ($model = '' OR c.model_id = $model) AND ($method = '' OR c.method = $method)
WITH c MATCH (x:Contrast)<-[:OF_CONTRAST]-(c)-[:EXPLAINS]->(f:Fact)
WITH c, f, x, x.donors_find + x.donors_size + x.donors_unseen AS donors, CASE c.judged_on
    WHEN 'unseen' THEN size(x.donors_find) + size(x.donors_size) WHEN 'size' THEN size(x.donors_find) ELSE 0 END AS judge
RETURN c.id AS circuit, f.id AS fact, f.relation_id AS relation, f.subject AS subject, f.object AS object,
  c.model_id AS model, c.method AS method, c.source AS source, c.effort AS effort, c.ablation AS ablation,
  c.n_edges AS edges, c.n_edges_searched AS edges_searched, c.n_nodes AS nodes, x.id AS contrast, x.kind AS contrast_kind,
  x.wording AS wording, x.donors_find AS donors_find, x.donors_size AS donors_size, x.donors_unseen AS donors_unseen,
  c.lacks AS lacks, c.judged_on AS judged_on, c.target AS target, c.reached AS reached,
  c.faithfulness_size AS faithfulness_size, c.faithfulness AS faithfulness,
  c.faithfulness_lowest AS faithfulness_lowest, c.faithfulness_both_ways AS faithfulness_both_ways,
  c.judges_reached AS judges_reached, c.faithfulness_random AS faithfulness_random, c.random_draws AS random_draws,
  c.random_spread AS random_spread, c.faithfulness_other AS faithfulness_other, c.other AS other,
  c.completeness AS completeness, c.faithfulness_template AS faithfulness_template, c.divergence AS divergence,
  c.top1 AS top1, c.needed AS needed, c.loss_10 AS loss_10, c.loss_30 AS loss_30, c.stability AS stability,
  c.stability_relation AS stability_relation, c.stability_other AS stability_other, c.metric_clean AS metric_clean,
  c.metric_ablated AS metric_ablated, c.metric_circuit AS metric_circuit, c.rank_model AS rank_model,
  c.rank_circuit AS rank_circuit, c.rank_random AS rank_random, c.hit10_model AS hit10_model,
  c.hit10_circuit AS hit10_circuit, c.hit10_random AS hit10_random, c.curve_sizes AS curve_sizes, c.curve AS curve,
  c.curve_random AS curve_random, c.cmd AS cmd, donors[judge] AS donor, x.foils[judge] AS foil, x.answer AS answer,
  x.clean_prompt AS clean_prompt, x.corrupt_prompts[judge] AS corrupt_prompt, x.beginning AS beginning,
  c.weights AS weights, c.untrained AS untrained, c.run_id AS run, c.artifact AS artifact
ORDER BY circuit
