// Whether a model's first choice among the relation's objects is wrong, told without knowing: figures and a fitted score.
// @computed from rivals
// @param relation: string = "" — relation id; empty: every relation
// @param fact: string = "" — fact id; empty: every fact
// @param model: string = "" — model id; empty: every model
// @param wording: string = "" — number of the template; empty: every template
// @column relation, fact, model, wording — relation id, fact id, model id, number of the template
// @column first, second — the likeliest two of the relation's objects
// @column risk — probability that the first is wrong, as a logistic regression says; empty where the relation has no mover
// @column risk_without_movers — the same by a regression that does not see movers: the baseline
// @column margin_among, probability_among, entropy_among, movers_among — what it is told from, as in `rivals`
// @column fitted_on — the model on whose packaged facts it was fitted; of another model it only ranks facts
// @column right_among — whether the first is accepted: not used
