// Facts with all that their prompts are made of.
// @param relation: string = "" — relation id; empty: every relation
// @column fact, relation, subject, object, accepted — the fact; every object given for it
// @column prompt — a prompt of the fact's own; empty: the relation's first template is used
// @column templates — the relation's templates; {} stands for the subject
// @column name, category — of the relation
// @column derived_from — relations that its facts follow from: two are composed, one is reversed; empty: its facts are its own
MATCH (f:Fact)-[:OF_RELATION]->(r:Relation) WHERE $relation = '' OR r.id = $relation
RETURN f.id AS fact, r.id AS relation, f.subject AS subject, f.object AS object, f.accepted AS accepted,
  f.prompt AS prompt, r.templates AS templates, r.name AS name, r.category AS category,
  coalesce(r.derived_from, []) AS derived_from
ORDER BY fact
