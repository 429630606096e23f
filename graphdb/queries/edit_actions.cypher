// Where edits act and what carries them: logit of the new object less that of the old one; a row for the edit, one for its sham.
// @param edit: string = "" — id of the edit; empty: every edit
// @column edit, fact, method, layer — id of the edit; the fact; how and where it was edited
// @column is — `edit` or `sham`
// @column old, new — the tokens
// @column before, change — the difference of logits before, and by how much it is larger after
// @column at_subject, at_last — the change with the edited MLP at the subject's last token alone, at the last position alone
// @column direct — what the edited MLP writes itself at the last position, after less before
// @column movers, n_movers — what the relation's movers carry, and how many there are; empty: no roles known
// @column heads, mlps, rest — other heads; MLPs behind the edited one; what comes before it: with the two above the change
// @column fingerprint — hash of all that determines it: what stands is not found again
MATCH (e:Edit)<-[:OF_EDIT]-(a:EditAction) WHERE $edit = '' OR e.id = $edit
RETURN e.id AS edit, e.fact_id AS fact, e.method AS method, e.layer AS layer,
  CASE WHEN a.is_sham THEN 'sham' ELSE 'edit' END AS `is`, a.old AS old, a.new AS new, a.before AS before,
  a.change AS change, a.at_subject AS at_subject, a.at_last AS at_last, a.direct AS direct, a.movers AS movers,
  a.n_movers AS n_movers, a.heads AS heads, a.mlps AS mlps, a.rest AS rest, a.fingerprint AS fingerprint
ORDER BY edit, `is`
