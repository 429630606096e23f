// The facts meant by a text: a fact id, a circuit id, or a subject in any spelling of capitals.
// @param text: string — fact id, circuit id or subject
// @column fact — fact id
// @column relation — relation id
// @column subject — subject of the fact
// @column object — object of the fact
// @column circuits — circuit ids
// @column by — what the text matched: `fact`, `circuit` or `subject`
MATCH (f:Fact)
OPTIONAL MATCH (f)<-[:EXPLAINS]-(c:Circuit)
WITH f, collect(c.id) AS circuits
WITH f, circuits, CASE WHEN f.id = $text THEN 'fact' WHEN $text IN circuits THEN 'circuit'
  WHEN toLower(f.subject) = toLower($text) THEN 'subject' END AS by
WHERE by IS NOT NULL
RETURN f.id AS fact, f.relation_id AS relation, f.subject AS subject, f.object AS object, circuits, by
ORDER BY fact
