// Circuits of facts before and after an edit, at equal size, beside two nulls: the circuit before found from other donors, and that after the sham.
// @param edit: string = "" — id of the edit; empty: every edit
// @column edit, fact, edited — id of the edit; the fact, and whether it is the one that was edited, else a neighbour
// @column answer_before, answer — the tokens whose logits the circuits before and after explain
// @column donors, edges — donors that found each circuit; edges of the circuit before
// @column jaccard, jaccard_donors, jaccard_sham — edges shared with the circuit before, as a share of those in either
// @column reweighted, reweighted_donors, reweighted_sham — change of |score| of the edges shared, as a share of it
// @column mlp_before, mlp, mlp_donors, mlp_sham — share of score that leaves the edited MLP
// @column movers_before, movers, movers_donors, movers_sham — the same of the relation's movers; empty: no roles known
// @column relation_before, relation, relation_donors, relation_sham — the same of its relation heads
MATCH (e:Edit)<-[:OF_EDIT]-(x:EditCircuit {against: 'edit'}) WHERE $edit = '' OR e.id = $edit
MATCH (d:EditCircuit {id: x.variant_id + '|' + x.fact_id + '|donors'})
MATCH (s:EditCircuit {id: x.variant_id + '|' + x.fact_id + '|sham'})
RETURN e.id AS edit, x.fact_id AS fact, x.fact_id = e.fact_id AS edited, x.answer_before AS answer_before,
  x.answer AS answer, size(x.donors) AS donors, x.n_edges_before AS edges,
  x.jaccard AS jaccard, d.jaccard AS jaccard_donors, s.jaccard AS jaccard_sham,
  x.reweighted AS reweighted, d.reweighted AS reweighted_donors, s.reweighted AS reweighted_sham,
  x.mlp_before AS mlp_before, x.mlp AS mlp, d.mlp AS mlp_donors, s.mlp AS mlp_sham,
  x.movers_before AS movers_before, x.movers AS movers, d.movers AS movers_donors, s.movers AS movers_sham,
  x.relation_before AS relation_before, x.relation AS relation, d.relation AS relation_donors,
  s.relation AS relation_sham
ORDER BY edit, edited DESC, fact
