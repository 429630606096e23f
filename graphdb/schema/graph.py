"""The graph's schema, declared once as data: constraints, writers, checks and docs/schema.md follow from it."""

from graphdb.records import Circuit, Reason
from graphdb.schema.declarations import Node, Relationship, figures, properties, summed

VERSION = 8
"""Raised when stores written before can no longer be read or written; `graphdb.maintenance.migrate` brings
those up to it."""
META = {"id": "schema", "version": VERSION}


NODES = (
    Node(
        "Model",
        "A language model whose circuits are stored.",
        properties("""
            id             string   `smollm2-135m-instruct-q4_1`
            name           string   The name people know it by
            architecture   string   `gpt2`, `llama`, `qwen2`, `qwen3` or `gemma3`
            source         string   Where the weights come from
            n_layers       integer  Layers
            n_heads        integer  Attention heads a layer
            n_kv_heads     integer  Key-value heads a layer; fewer than heads with grouped-query attention
            d_model        integer  Width of the residual stream
            n_edges        integer  Native edges of the whole model
            weights_sha256 string   Hash of the weights file
            variant_of     string   The id of the model whose weights were changed into these; empty for others
        """),
    ),
    Node(
        "Relation",
        "A relation between subjects and objects.",
        properties("""
            id        string  `country_capital`
            name      string  `country capital city`
            category  string  `geography`, `linguistic`, ...
            templates strings Prompt templates; `{}` stands for the subject
        """),
    ),
    Node(
        "Fact",
        "A subject and its object in a relation.",
        properties("""
            id          string  `country_capital/France`
            relation_id string  The relation's id
            subject     string  `France`
            object      string  `Paris`
            accepted    strings Every object given for the subject, `object` first
            prompt      string  A prompt of the fact's own; empty: the relation's first template is used
        """),
    ),
    Node(
        "Recall",
        "How well one model recalls one fact.",
        properties("""
            id          string  `<model id>|<fact id>`
            model_id    string  The model's id
            fact_id     string  The fact's id
            prompt      string  The prompt that was asked
            answer      string  Token that is read of the accepted object that the model ranks best
            rank        integer Rank of the answer among the next tokens, 1 = best
            probability float   Probability of the answer, 0 to 1
            known       boolean Whether the rank is within the limit for known facts
            probability_object float Probability of the whole object, 0 to 1; absent where it was not measured
        """),
    ),
    Node(
        "Contrast",
        "What circuits are circuits of: an answer after a clean prompt, against other answers after corrupt prompts.",
        properties("""
            id              string  `<model id>|<fact id>|<hash of kind, wording, prompt, answer and donors>`
            model_id        string  The model's id
            fact_id         string  The fact's id
            kind            string  `subject`, `relation`: what donors differ in; `demonstration`: behind facts; `own`
            wording         string  Number of the relation's template, from 0; or the words, `{}` for the subject
            clean_prompt    string  The fact's prompt
            beginning       string  What answer and foils begin with alike: both prompts get it, and are read after it
            answer          string  The token that is right there
            donors_find     strings Donors that find: fact ids, or `name:` and what no fact is known of
            donors_size     strings Donors that choose the size; where there are none, those that find do
            donors_unseen   strings Donors used for neither
            corrupt_prompts strings The prompt of each donor: of those that find, choose the size, are unseen
            foils           strings The token that is right after each; empty where an old store does not know it
        """),
    ),
    Node(
        "Attempt",
        "What was sought and not found: the circuit of a fact in a model, by one method.",
        properties(
            """
            id          string `<model id>|<fact id>|<method>`: that of the circuit, if there were one
            model_id    string The model's id
            fact_id     string The fact's id
            method      string How the circuit was sought
            contrast_kind string As the contrast's kind would be
            wording     string As the contrast's would be
            code        string Why there is none: REASONS
            detail      string Figures and names behind the reason; may be empty
            fingerprint string Hash of all that determines the circuit; empty where the search did not begin
        """.replace("REASONS", ", ".join(f"`{each}` ({each.words})" for each in Reason))
        ),
    ),
    Node(
        "Run",
        "One ingest, with all that is needed to do it again. A repeated command goes on in the same run.",
        properties("""
            id             string  Hash of model, settings and versions
            model_id       string  The model's id
            method         string  How its circuits were found
            settings       string  JSON
            versions       string  JSON: package to version
            weights_sha256 string  Hash of the weights file
            seed           integer Seed of the random circuits
            started        string  ISO 8601, UTC; the first start
            ended          string  ISO 8601, UTC; empty while unfinished
            n_circuits     integer Circuits that pointed to the run when it ended
        """),
    ),
    Node(
        "Circuit",
        "The knowledge circuit of one fact in one model, found by one method. Metrics are logit(answer) - logit(foil).",
        properties("""
            id                  string  `<model id>|<fact id>|<method>`
            scope               string  `fact`
            model_id            string  The model's id
            fact_id             string  The fact's id
            contrast_id         string  The id of the contrast that it explains
            run_id              string  The run's id
            method              string  How the circuit was found; `/mean`: mean ablation, `/single`: one donor
            effort              string  `quick`, `default` or `thorough`
            ablation            string  What edges outside the circuit carry: `corrupt`, `mean` or `zero`
            fingerprint         string  Hash of all that determines the circuit
            lacks               string  Parts for which the fact has too few donors; empty if it has enough
            judged_on           string  The donors that judge: `unseen`, else `size`, else `find`
            weights             string  What its edges' weights are: `effect`, or `score` in stores before version 6
        """)
        + figures(Circuit)
        + properties("""
            artifact            string  File name of the full edge scores; empty where they were lost
            artifact_sha256     string  Hash of that file
        """),
    ),
    Node(
        "RelationCircuit",
        "One circuit for all facts of a relation in one model, made from the circuits of some of its facts.",
        properties("""
            id                string  `<model id>|<relation id>|<method>|<rule>`
            model_id          string  The model's id
            relation_id       string  The relation's id
            method            string  How the circuits of the facts were found
            rule              string  `mean`: strongest edges by mean score; `vote`: edges that enough circuits hold
            ablation          string  What edges outside the circuit carry: `corrupt`, `mean` or `zero`
            facts_train       strings Fact ids that found the circuit and chose its size
            facts_held_out    strings Fact ids that it is judged on
            target            float   Mean faithfulness over the training facts asked for, 0 to 1
            reached           boolean Whether a tested circuit reached it on the donors that chose the size
            faithfulness_size float   Mean faithfulness over the training facts on those donors
            vote_share        float   Least share of the training circuits that hold an edge; absent for `mean`
            n_edges           integer Native edges: keys and values are counted per kv-head
            n_nodes           integer Embedding, heads, kv-heads that heads share, MLPs and logits
            n_edges_collapsed integer Pairs of source and reading head, MLP or logits: q, k, v merged, kv-heads expanded
            n_nodes_collapsed integer The nodes without kv-heads
        """),
    ),
    Node(
        "Component",
        "A part of a model, shared by all its circuits.",
        properties("""
            id       string  `<model id>/a9.h6`
            model_id string  The model's id
            name     string  `embed`, `a9.h6` (head 6 of layer 9), `a9.kv2` (kv-head), `m9` (MLP) or `logits`
            kind     string  `embed`, `head`, `kv_head`, `mlp` or `logits`
            layer    integer Layer, from 0; absent for `embed` and `logits`
            head     integer Head or kv-head within the layer, from 0; absent for the other kinds
        """),
        kinds=("Embed", "Head", "KVHead", "MLP", "Logits"),
    ),
    Node(
        "CircuitNode",
        "A component's part in one circuit, so that paths stay within their circuit.",
        properties("""
            id           string `<circuit id>|<component id>`
            circuit_id   string The circuit's id
            component_id string The component's id
            name         string The component's name
            score        float  Sum of |weight| of its outgoing edges; of its incoming ones where it has no others
            role         string What the head does for the fact: `mover`, `relation`, `mixture`; empty: none known
            at_subject   float  What its outgoing edges do, in logits, signed, by where it writes: the subject's tokens
            at_template  float  The same at all other tokens but the last
            at_last      float  The same at the last token; all three absent where it was not measured
        """),
    ),
    Node(
        "HeadRole",
        "What one head does in one relation, in one wording: means over facts, each beside its null; scores in logits.",
        properties("""
            id            string  `<model id>|<relation id>|<wording>|<component>`
            model_id      string  The model's id
            relation_id   string  The relation's id
            wording       string  Number of the relation's template, from 0
            component_id  string  The head's id
            component     string  The head's name
            role          string  `mover`, `relation`, `mixture` (both) or empty
            n_facts       integer Facts behind the figures
            mover         float   Direct logit attribution through the subject, double-centred over facts and objects
            mover_null    float   The same with objects of the relation's other facts
            mover_q       float   Benjamini-Hochberg over the heads; absent for too few facts to test
            relation      float   What attention to the template adds to the relation's objects, linearised
            relation_null float   The same with another relation's objects
            relation_q    float   Benjamini-Hochberg over the heads; absent for too few facts to test
            attention     floats  Share of the last position's attention on sink, subject, template, last, other
            direct        floats  Direct logit attribution of the object through each, less the other objects'
            writes        strings Tokens among the ten that it raises most in more than half of its facts
            writes_share  floats  Share of these facts, for each
            fingerprint   string  Hash of all that determines the roles of the relation
        """),
    ),
    Node(
        "RoleCheck",
        "What it costs to cut the heads with a role on facts that did not choose them, in logits; intervals of 95%.",
        properties("""
            id           string  `<model id>|<relation id>|<wording>|<role>`
            model_id     string  The model's id
            relation_id  string  The relation's id
            wording      string  Number of the relation's template, from 0
            role         string  `mover`: cut from the subject; `relation`: cut from the template
            heads        strings The heads that were cut, strongest first
            facts_chosen integer Facts that chose them
            facts_cut    integer Facts that they were cut on
            drop         float   What the metric loses: the object's logit over the others, or theirs over all objects
            drop_low     float   Lower end
            drop_high    float   Upper end
            random       float   The same for as many random heads of the same layers
            random_low   float   Lower end
            random_high  float   Upper end
            every        float   The same for all heads of the model
        """),
    ),
    Node(
        "FactLens",
        "Where in a model a fact's object appears: figures after each block, at the last position.",
        properties("""
            id          string   `<model id>|<fact id>|<wording>|<lens>`
            model_id    string   The model's id
            fact_id     string   The fact's id
            wording     string   Number of the relation's template, from 0
            lens        string   `closed`: running sum of direct logit attributions; `raw`, `ridge`: unembedded streams
            blocks      strings  `embed`, `a0`, `m0`, ...: in the order in which they write
            object      floats   Logit of the answer's token after each
            others      floats   Median logit of the relation's other objects
            wrong       floats   Logit of the model's own first choice where that is not accepted; else empty
            wrong_token string   That choice as text; else empty
            rank        integers Of the object among the relation's objects (closed) or all tokens; 1 = best
            probability floats   Of the object among the same
            emergence   string   Block from which on it is first among the relation's objects; empty: never to the end
            rise        string   Block where it rises most over the mean of the others
            fingerprint string   Hash of all that determines it
        """),
    ),
    Node(
        "Edit",
        "A change of one MLP's down projection that makes a model give a fact another object; it gives a variant.",
        properties("""
            id              string  The variant's id
            model_id        string  The model before the edit
            variant_id      string  The model after it
            fact_id         string  The fact's id
            prompt          string  The words that the fact was edited in, subject filled in
            subject         string  The subject
            given           string  The token that the model gave before
            object          string  What it is to give instead
            method          string  `rome`, `rome-original`, `ft-m` or `ft-l`
            layer           integer Layer of the MLP
            seed            integer Of sampled words and of the sham
            norm            float   Frobenius norm of the change
            share           float   The norm, divided by that of the down projection
            steps           integer Steps of the optimiser
            nll             float   What the optimiser ended with, nats a token of the object
            tokens          integer Sampled tokens behind the second moment of the keys; 0 where a method has none
            condition       float   Condition number of that moment, damped; 0 where a method has none
            moment_sha256   string  Hash of that moment; empty where a method has none
            weights_sha256  string  Hash of the variant's weights
            seconds         float   Processor time of the edit itself
            artifact        string  File name of the change; empty where it was lost
            artifact_sha256 string  Hash of that file
        """),
    ),
    Node(
        "EditEffects",
        "What an edit changed, or its sham: a random change of the same weights, as large. Shares of facts, 0 to 1.",
        properties("""
            id                  string  `<variant id>|edit` or `<variant id>|sham`
            variant_id          string  The variant's id
            is_sham             boolean Whether it is the sham
            efficacy            float   1 if the new object is the first choice behind the edited prompt, else 0
            probability         float   Of the new object behind the edited prompt
            paraphrase_prefix   float   Share of prompts behind other words that give it
            paraphrase_template float   Share of the relation's other templates that give it
            neighbourhood       float   Share of the relation's other facts whose answer is unchanged
            other               float   Share of other relations' facts whose answer is unchanged
            kl_neighbourhood    float   KL(before || after) of the relation's other facts, nats, mean
            kl_other            float   KL(before || after) of other relations' facts, nats, mean
            spread              float   Share of the relation's other facts that give the new object now
            flips               integer Facts whose answer changed
            flips_firm          integer Those whose answer stood at least .25 nats before the second choice
            n_neighbourhood     integer Facts of the same relation asked
            n_other             integer Facts of other relations asked
        """),
    ),
    Node(
        "Demonstration",
        "What demonstrations before a prompt change in a relation: means over facts, nats, intervals of 95%.",
        properties("""
            id               string  `<model id>|<relation id>|<wording>|<shots>|<labels>`
            model_id         string  The model's id
            relation_id      string  The relation's id
            wording          string  Number of the relation's template, from 0
            shots            integer Demonstrations before each prompt
            labels           string  Whose objects they have: `own`, or `shuffled`: other facts'
            n_facts          integer Facts behind the figures: known without demonstrations
            probability      float   Of the object's token
            probability_low  float   Lower end
            probability_high float   Upper end
            probability_zero float   The same without demonstrations
            gain             float   The probability less that without demonstrations
            gain_low         float   Lower end
            gain_high        float   Upper end
            gain_log         float   The same of the log probability
            gain_log_low     float   Lower end
            gain_log_high    float   Upper end
            first            float   Share of facts whose object is the model's first choice
            first_zero       float   The same without demonstrations
            movers_r         float   Correlation over heads of mover scores with those without; absent: not measured
            movers_r_halves  float   The same between two halves of the facts, without demonstrations
            heads            strings Heads that attend most to their answers in other relations, strongest first
            chosen_on        strings These relations
            drop             float   What the log probability loses when these heads are cut from the demonstrations
            drop_low         float   Lower end
            drop_high        float   Upper end
            random           float   The same for as many random heads of the same layers
            random_low       float   Lower end
            random_high      float   Upper end
            drop_share       float   The drop as a share of the gain of the log probability; absent: no sure gain
            fingerprint      string  Hash of all that determines it
        """),
    ),
    Node(
        "DemonstrationHead",
        "What one head does with demonstrations in one relation: means over facts.",
        properties("""
            id                 string  `<model id>|<relation id>|<wording>|<shots>|<component>`
            model_id           string  The model's id
            relation_id        string  The relation's id
            wording            string  Number of the relation's template, from 0
            shots              integer Demonstrations before each prompt
            component_id       string  The head's id
            component          string  The head's name
            n_facts            integer Facts behind the figures
            attention          float   Share of the last position's attention on the demonstrations' answers
            attention_null     float   The same if its attention on the demonstrations were spread evenly
            attention_shuffled float   The same where the answers are other facts'; absent: none could be asked so
            attention_q        float   Of the attention above its null, over the heads; absent for too few facts to test
            mover              float   Mover score in logits; absent where it is not measured
            mover_zero         float   The same without demonstrations
            is_new             boolean It attends to the answers far above its null, and is no mover without them
            fingerprint        string  Hash of all that determines it
        """),
    ),
    Node(
        "CircuitSummary",
        "All circuits of a relation found in one way and judged on one part of the donors, kept as they are written.",
        properties("""
            id                    string   `<model id>|<relation id>|<method>|<judged_on>`
            model_id              string   The model's id
            relation_id           string   The relation's id
            method                string   How the circuits were found
            judged_on             string   The donors that judge: `unseen`, `size` or `find`
            n_circuits            integer  Circuits
            n_reached             integer  Those that reached their target
            lack_unseen           integer  Those with too few donors never used
            lack_size             integer  Those without a donor to choose their size
        """)
        + summed(Circuit),
    ),
    Node(
        "ComponentSummary",
        "How the circuits found in one way use a component, over all relations; kept as circuits are written.",
        properties("""
            id           string  `<component id>|<method>`
            component_id string  The component's id
            model_id     string  The model's id
            method       string  How the circuits were found; empty: in any way
            n_facts      integer Facts with a circuit that holds the component
            n_circuits   integer Circuits that hold it
            score        integer Sum of its scores in them, in steps of 2^-24
            share        integer Sum over facts of its share of their circuits' scores (ends left out), steps of 2^-24
            share_squares integer Sum of the squares of these shares, in steps of 2^-42
            n_out        integer Edges that leave it in them
            n_in         integer Edges that reach it in them
            relation_ids strings The relations of these circuits, ascending
        """),
    ),
    Node(
        "FactSummary",
        "How many facts of a relation have circuits found in one way; kept as circuits are written.",
        properties("""
            id          string  `<model id>|<relation id>|<method>`
            model_id    string  The model's id; empty: any model
            relation_id string  The relation's id
            method      string  How the circuits were found; empty: in any way
            n_facts     integer Facts with such a circuit
            n_circuits  integer Such circuits
        """),
    ),
    Node(
        "RecallSummary",
        "How many facts of a relation a model was asked and knows; kept as recalls are written.",
        properties("""
            id          string  `<model id>|<relation id>`
            model_id    string  The model's id; empty: any model
            relation_id string  The relation's id
            n_asked     integer Facts whose recall is stored
            n_known     integer Those that the model knows
        """),
    ),
    Node(
        "Meta",
        "One node that says how to read the rest.",
        properties("""
            id      string  `schema`
            version integer Version of this schema
        """),
    ),
)

RELATIONSHIPS = (
    Relationship("Fact", "OF_RELATION", "Relation", "The relation that the fact belongs to.", key="relation_id"),
    Relationship("Recall", "RECALLS", "Fact", "The fact that was asked.", key="fact_id"),
    Relationship("Recall", "BY_MODEL", "Model", "The model that was asked.", key="model_id"),
    Relationship("Run", "OF_MODEL", "Model", "The model that the run took circuits from.", key="model_id"),
    Relationship("Contrast", "ABOUT", "Fact", "The fact whose recall is contrasted.", key="fact_id"),
    Relationship("Contrast", "IN_MODEL", "Model", "The model that is asked.", key="model_id"),
    Relationship("Attempt", "SOUGHT", "Fact", "The fact whose circuit was sought.", key="fact_id"),
    Relationship("Attempt", "IN_MODEL", "Model", "The model that it was sought in.", key="model_id"),
    Relationship("Circuit", "OF_CONTRAST", "Contrast", "The contrast that the circuit explains.", key="contrast_id"),
    Relationship("Model", "VARIANT_OF", "Model", "The model whose weights were changed into these, if it is stored."),
    Relationship("Circuit", "EXPLAINS", "Fact", "The fact whose recall the circuit carries.", key="fact_id"),
    Relationship("Circuit", "IN_MODEL", "Model", "The model that the circuit is part of.", key="model_id"),
    Relationship("Circuit", "FROM_RUN", "Run", "The ingest that found the circuit.", key="run_id"),
    Relationship("Component", "IN_MODEL", "Model", "The model that the component is part of.", key="model_id"),
    Relationship("Circuit", "HAS_NODE", "CircuitNode", "The circuit's own nodes."),
    Relationship(
        "CircuitNode", "INSTANCE_OF", "Component", "The component that the node stands for.", key="component_id"
    ),
    Relationship(
        "Circuit",
        "INCLUDES",
        "Component",
        "The shortcut past the circuit's nodes, for questions across facts.",
        properties("""
            score float   The score of the circuit's node
            n_out integer Edges of the circuit that leave it
            n_in  integer Edges of the circuit that reach it
        """),
    ),
    Relationship("HeadRole", "IN_RELATION", "Relation", "The relation that the head has it in.", key="relation_id"),
    Relationship("HeadRole", "OF_COMPONENT", "Component", "The head.", key="component_id"),
    Relationship(
        "HeadRole",
        "HOLDS_FOR",
        "Fact",
        "A fact for which the head has a role, with its own scores in logits.",
        properties("""
            role     string `mover`, `relation` or `mixture`: as far as the fact's own scores go
            mover    float  The fact's own mover score
            relation float  The fact's own relation score
            writes   strings Tokens that the head raises most at the last position, the highest first
        """),
    ),
    Relationship("Edit", "OF_FACT", "Fact", "The fact that was edited.", key="fact_id"),
    Relationship("Edit", "IN_MODEL", "Model", "The model that was edited.", key="model_id"),
    Relationship("Edit", "MAKES", "Model", "The variant.", key="variant_id"),
    Relationship("EditEffects", "OF_EDIT", "Edit", "The edit.", key="variant_id"),
    Relationship("Demonstration", "IN_RELATION", "Relation", "The relation.", key="relation_id"),
    Relationship("Demonstration", "IN_MODEL", "Model", "The model that was asked.", key="model_id"),
    Relationship("DemonstrationHead", "IN_RELATION", "Relation", "The relation.", key="relation_id"),
    Relationship("DemonstrationHead", "OF_COMPONENT", "Component", "The head.", key="component_id"),
    Relationship("RoleCheck", "IN_RELATION", "Relation", "The relation that was checked.", key="relation_id"),
    Relationship("RoleCheck", "IN_MODEL", "Model", "The model whose heads were cut.", key="model_id"),
    Relationship("FactLens", "OF_FACT", "Fact", "The fact.", key="fact_id"),
    Relationship("FactLens", "IN_MODEL", "Model", "The model.", key="model_id"),
    Relationship(
        "RelationCircuit", "EXPLAINS", "Relation", "The relation whose facts the circuit carries.", key="relation_id"
    ),
    Relationship("RelationCircuit", "IN_MODEL", "Model", "The model that the circuit is part of.", key="model_id"),
    Relationship("RelationCircuit", "HAS_NODE", "CircuitNode", "The circuit's own nodes."),
    Relationship(
        "Component",
        "USED_BY",
        "Relation",
        "How a relation's circuits found in one way use the component; kept as circuits are written.",
        properties("""
            model_id     string  The model's id
            relation_id  string  The relation's id
            component_id string  The component's id
            method       string  How the circuits were found; empty: in any way
            n_facts      integer Facts of the relation with a circuit that holds the component
            n_circuits   integer Circuits of the relation that hold it
            score        integer Sum of its scores in them, in steps of 2^-24
            share        integer Sum over facts of its share of their circuits' scores (ends left out), steps of 2^-24
            share_squares integer Sum of the squares of these shares, in steps of 2^-42
            n_out        integer Edges that leave it in them
            n_in         integer Edges that reach it in them
        """),
    ),
    Relationship(
        "RelationCircuit",
        "TRANSFERS",
        "Relation",
        "How well the circuit carries facts of a relation, its own or another; means over the facts.",
        properties("""
            relation_id           string  The relation whose facts are asked
            part                  string  `train`: facts that found the relation's own circuit; `held_out`: others
            n_facts               integer Facts of the part
            faithfulness          float   On the donors that judge the facts' own circuits
            faithfulness_low      float   Lower end of the 95% bootstrap interval over the facts
            faithfulness_high     float   Upper end
            faithfulness_shuffled float   What the answers of the relation's other facts get of the fact's effect
            faithfulness_random   float   Random circuits of equal size and layer profile
            hit10                 float   Share of facts and donors whose answer the circuit ranks among the ten best
            hit10_low             float   Lower end of the 95% bootstrap interval over the facts
            hit10_high            float   Upper end
            hit10_shuffled        float   The same for the answers of the relation's other facts: the relation's prior
            hit10_random          float   The same for the random circuits
            hit10_model           float   The same for the model
            hit10_model_shuffled  float   The model with the answers of the other facts
        """),
    ),
    Relationship(
        "CircuitNode",
        "FLOWS",
        "CircuitNode",
        "An edge of the circuit: the source writes to the residual stream, a channel of the target reads it.",
        properties("""
            edge_id string  Equal in all circuits of a model: `a9.h6->a12.h3.q`
            channel string  What reads: `q`, `k`, `v`, `mlp` or `logits`
            weight  float   Effect in the circuit, in logits: what the metric loses without it; positive helps
            rank    integer 1 = the largest |weight| of the circuit
            search_rank integer 1 = the edge of the circuit that the search took first; 0: not known
        """),
    ),
    Relationship(
        "CircuitNode",
        "FEEDS",
        "CircuitNode",
        "From a kv-head to each head of its group in the circuit, so that paths go through (no edge of its own).",
    ),
)


def node(label: str) -> Node:
    """Return the declaration of a label."""
    return next(each for each in NODES if each.label == label)


def relationship(source: str, kind: str, target: str) -> Relationship:
    """Return the declaration of a relationship."""
    return next(each for each in RELATIONSHIPS if (each.source, each.type, each.target) == (source, kind, target))


def constraints() -> list[str]:
    """Return the statements that a new store starts with, one transaction each."""
    return [each.constraint for each in NODES]
