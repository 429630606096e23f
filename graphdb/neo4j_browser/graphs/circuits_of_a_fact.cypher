// The circuits of a fact as a graph: the fact, its circuits and the components that they hold.
// @param fact: string — fact id
// @column circuit — the circuit
// @column explains — that it explains the fact
// @column fact — the fact
// @column includes — that it includes the component
// @column component — the component
MATCH (c:Circuit)-[x:EXPLAINS]->(f:Fact {id: $fact})
MATCH (c)-[i:INCLUDES]->(k:Component)
RETURN c AS circuit, x AS explains, f AS fact, i AS includes, k AS component
