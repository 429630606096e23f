// Runs that filled the store, with their settings, latest first.
// @param model: string = "" — model id; empty: every model
// @column run — run id
// @column model — model id
// @column method — discovery method
// @column seed — random seed
// @column started — start, ISO 8601
// @column ended — end, ISO 8601; empty while unfinished; `kcircuits status` says which of these run now
// @column circuits — circuits that the run wrote and no later run replaced
// @column n_circuits — circuits that the run had written when it ended; more than `circuits`: some were replaced since
// @column settings — settings, JSON
// @column versions — package versions, JSON
MATCH (u:Run) WHERE $model = '' OR u.model_id = $model
RETURN u.id AS run, u.model_id AS model, u.method AS method, u.seed AS seed, u.started AS started, u.ended AS ended,
  COUNT { (u)<-[:FROM_RUN]-(:Circuit) } AS circuits, u.n_circuits AS n_circuits, u.settings AS settings,
  u.versions AS versions
ORDER BY started DESC, run
