// Edges that came into a fact's circuit with an edit and that went, by the layer that they leave, beside the same two nulls as in `edit_circuits`.
// @param edit: string = "" — id of the edit; empty: every edit
// @column edit, fact, step — id of the edit; the fact; place in order: 0 the embedding, 1 layer 0, 2 layer 1, ...
// @column came, went — edges of the circuit after alone; of the circuit before alone
// @column came_donors, went_donors — the same with the circuit before found from other donors
// @column came_sham, went_sham — the same after the sham
MATCH (e:Edit)<-[:OF_EDIT]-(x:EditCircuit {against: 'edit'}) WHERE $edit = '' OR e.id = $edit
MATCH (d:EditCircuit {id: x.variant_id + '|' + x.fact_id + '|donors'})
MATCH (s:EditCircuit {id: x.variant_id + '|' + x.fact_id + '|sham'})
UNWIND range(0, size(x.came) - 1) AS step
RETURN e.id AS edit, x.fact_id AS fact, step, x.came[step] AS came, x.went[step] AS went,
  d.came[step] AS came_donors, d.went[step] AS went_donors, s.came[step] AS came_sham, s.went[step] AS went_sham
ORDER BY edit, x.fact_id <> e.fact_id, fact, step
