// Where in the model the object of a circuit's fact appears, in the circuit's wording; a row a lens.
// @param circuit: string — circuit id
// @column lens — `closed`: running sum of direct logit attributions; `raw`, `ridge`: unembedded streams
// @column blocks — `embed`, `a0`, `m0`, ...: attention and MLPs in the order in which they write
// @column object, others — logit of the answer's token after each block; median logit of the relation's other objects, empty where it has none
// @column wrong, wrong_token — logit of the model's own first choice after each block, and that token; empty where the first choice is accepted
// @column rank, probability — of the object, after each block: among the relation's objects (closed) or all tokens
// @column emergence, rise — block from which on the object is first among the relation's objects; block where it rises most over them
MATCH (x:Contrast)<-[:OF_CONTRAST]-(c:Circuit {id: $circuit})
MATCH (c)-[:EXPLAINS]->(:Fact)<-[:OF_FACT]-(l:FactLens) WHERE l.model_id = c.model_id AND l.wording = x.wording
RETURN l.lens AS lens, l.blocks AS blocks, l.object AS object, l.others AS others, l.wrong AS wrong,
  l.wrong_token AS wrong_token, l.rank AS rank, l.probability AS probability, l.emergence AS emergence, l.rise AS rise
ORDER BY lens
