// A relation's circuit as an edge list, the heaviest edge first.
// @param relation_circuit: string — id of the relation's circuit, see relation_circuits
// @column edge — the edge, such as a9.h6->a12.h3.q
// @column source — component that writes
// @column target — component that reads
// @column channel — q, k, v, mlp or logits: what of the target reads
// @column weight — effect in the circuit, in logits, mean over the training facts; positive helps their answers
// @column rank — 1 = the largest absolute weight
MATCH (:RelationCircuit {id: $relation_circuit})-[:HAS_NODE]->(s:CircuitNode)-[e:FLOWS]->(t:CircuitNode)
RETURN e.edge_id AS edge, s.name AS source, t.name AS target, e.channel AS channel, e.weight AS weight, e.rank AS rank
ORDER BY rank
