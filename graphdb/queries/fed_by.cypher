// What feeds the block in which a fact's object rises most, or becomes first: the edges of its circuits that enter the block.
// @param fact: string — fact id
// @param at: string = "rise" — `rise`: the block of the largest rise; `emergence`: the one from which on it is first; or a block, such as a9 or m9
// @param model: string = "" — model id; empty: every model
// @param method: string = "" — discovery method; empty: every method
// @param lens: string = "closed" — `closed`, `raw` or `ridge`
// @column circuit, block — circuit id; the block, such as a9 or m9
// @column source, source_role — what writes; its role for the fact: `mover`, `relation`, `mixture`; empty: none
// @column target, channel, heads, head_roles — what reads, and by which channel; heads of the block that it is or feeds, and their roles
// @column weight, rank — effect of the edge in the circuit, in logits; 1 = the circuit's largest
// @column share, share_role — |weight| as a share of all that enters the block; of all of the circuit's weight, what leaves sources of this role
MATCH (f:Fact {id: $fact})<-[:OF_FACT]-(l:FactLens) WHERE l.lens = $lens AND ($model = '' OR l.model_id = $model)
WITH f, l, CASE $at WHEN 'rise' THEN l.rise WHEN 'emergence' THEN l.emergence ELSE $at END AS block WHERE block <> ''
MATCH (f)<-[:EXPLAINS]-(c:Circuit)-[:OF_CONTRAST]->(x:Contrast)
  WHERE c.model_id = l.model_id AND x.wording = l.wording AND ($method = '' OR c.method = $method)
MATCH (c)-[:HAS_NODE]->(s:CircuitNode)-[e:FLOWS]->(t:CircuitNode)
WITH c, block, s.role AS role, sum(abs(e.weight)) AS of_role,
  collect(CASE WHEN t.name = block OR t.name STARTS WITH block + '.' THEN {source: s, edge: e, target: t} END) AS edges
WITH c, block, sum(of_role) AS all, sum(reduce(total = 0.0, one IN edges | total + abs(one.edge.weight))) AS entering,
  collect({of_role: of_role, edges: edges}) AS roles
UNWIND roles AS part
UNWIND part.edges AS one
WITH c, block, all, entering, part.of_role AS role, one.source AS s, one.edge AS e, one.target AS t
OPTIONAL MATCH (t)-[:FEEDS]->(h:CircuitNode)
WITH c, block, all, entering, role, s, e, t, coalesce(h, t) AS h ORDER BY h.name
WITH c, block, all, entering, role, s, e, t, collect(h.name) AS heads, collect(h.role) AS head_roles
RETURN c.id AS circuit, block, s.name AS source, s.role AS source_role, t.name AS target, e.channel AS channel, heads,
  head_roles, e.weight AS weight, e.rank AS rank, abs(e.weight) / entering AS share, role / all AS share_role
ORDER BY circuit, rank
