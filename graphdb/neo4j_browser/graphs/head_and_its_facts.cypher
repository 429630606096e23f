// What a head does as a graph: its roles in relations, and the facts that it has them for.
// @param component: string — name, such as a9.h6
// @column component — the head
// @column of — that the role is its
// @column role — its role in a relation
// @column holds — that it holds for the fact
// @column fact — the fact
// @column belongs — that the fact belongs to the relation
// @column relation — the relation
MATCH (k:Component {name: $component})<-[o:OF_COMPONENT]-(h:HeadRole)-[x:HOLDS_FOR]->(f:Fact)-[b:OF_RELATION]->(r)
RETURN k AS component, o AS of, h AS role, x AS holds, f AS fact, b AS belongs, r AS relation
