// Where the old and the new object of an edit appear: after each block, in order, their logits before, after, and after the sham.
// @param edit: string = "" — id of the edit; empty: every edit
// @column edit, step, block — id of the edit; place in order, from 0; `embed`, `a0`, `m0`, ...
// @column old_before, new_before — logits of the old and the new object in the model before, closed lens
// @column old, new — the same in the variant
// @column old_sham, new_sham — the same after the sham
// @column emergence_before — block from which on the old object is first among the relation's before; empty: never to the end
// @column emergence — block from which on the new object is first in the variant; empty: never to the end
// @column emergence_sham — the same of the new object after the sham
MATCH (e:Edit)<-[:OF_EDIT]-(x:EditLens {stage: 'edit'}) WHERE $edit = '' OR e.id = $edit
MATCH (b:EditLens {id: x.variant_id + '|before'})
MATCH (s:EditLens {id: x.variant_id + '|sham'})
UNWIND range(0, size(x.blocks) - 1) AS step
RETURN e.id AS edit, step, x.blocks[step] AS block, b.old[step] AS old_before, b.new[step] AS new_before,
  x.old[step] AS old, x.new[step] AS new, s.old[step] AS old_sham, s.new[step] AS new_sham,
  b.emergence_old AS emergence_before, x.emergence_new AS emergence, s.emergence_new AS emergence_sham
ORDER BY edit, step
