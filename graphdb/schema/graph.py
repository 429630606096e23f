"""The graph's schema, declared once as data: constraints, writers, checks and docs/schema.md follow from it."""

from graphdb.records import Circuit, Reason
from graphdb.schema.declarations import Node, Relationship, figures, properties, summed

VERSION = 9
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
            id           string  `country_capital`
            name         string  `country capital city`
            category     string  `geography`, `linguistic`, ...
            templates    strings Prompt templates; `{}` stands for the subject
            derived_from strings Ids of relations its facts follow from: two are composed, one is reversed; empty: none
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
            kind            string  What donors differ in: `subject`, `relation`, `demonstration`, `own`; `unknown`
            wording         string  Number of the relation's template, from 0; or the words, `{}` for the subject
            clean_prompt    string  The fact's prompt
            tokens          strings The prompt and its beginning as the tokenizer splits them; empty: an old store
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
            source              string  Tool and format of the file that it was imported from; empty: found here
            effort              string  `quick`, `default` or `thorough`; empty: not told
            ablation            string  What edges outside the circuit carry: `corrupt`, `mean`, `zero`; empty: not told
            fingerprint         string  Hash of all that determines the circuit
            lacks               string  Parts for which the fact has too few donors; empty if it has enough
            judged_on           string  The donors that judge: `unseen`, else `size`, else `find`; empty: not measured
            weights             string  What its edges' weights are: `effect`, `score` of a search, or `membership`: 1
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
            attention    floats Of a head: the last position's attention on each of its contrast's tokens; else absent
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
        "Rival",
        "A known fact's object against the likeliest token that is not accepted: wrong answers, and right ones alike.",
        properties("""
            id                string  `<model id>|<fact id>|<wording>`
            model_id          string  The model's id
            fact_id           string  The fact's id
            wording           string  Number of the relation's template, from 0
            object            string  Token that is read of the object
            rival             string  The likeliest token that is not accepted
            wrong             boolean Whether the model ranks the rival before the object
            rival_kind        string  `relation`: another object of it; `function`: function word; `subject`; `other`
            rank              integer Of the object among all tokens, 1 = best
            margin            float   Logit of the object less that of the rival; so are all that push, in logits
            probability       float   Of the object
            probability_rival float   Of the rival
            entropy           float   Of the next token, nats
            turn              string  Block from which on the winner stays ahead, by the closed lens; empty: a tie
            n_movers          integer Movers of the relation in this wording
            movers            float   Direct logit attribution by movers, object less rival; absent without a mover
            movers_random     float   The same by as many random heads of the same layers
            heads             float   The same by all heads; heads, mlps and embed add up to the margin
            mlps              float   The same by all MLPs
            embed             float   The same by the embedding, with biases that belong to no head
            for_object        strings Components that favour the object most, the strongest first
            for_object_values floats  What each adds
            for_rival         strings Components that favour the rival most, the strongest first
            for_rival_values  floats  What each adds: negative
            first             string  Likeliest of the relation's objects; empty where there are fewer than two
            second            string  The next one
            right_among       boolean Whether the first one is accepted; absent: fewer than two objects or facts
            margin_among      float   Logit of the first less that of the second
            probability_among float   Of the first among the relation's objects
            entropy_among     float   Of the relation's objects, nats
            movers_among      float   By movers through the subject, first less second, beyond the other facts' mean
            random_among      float   The same by as many random heads of the same layers
            fingerprint       string  Hash of all that determines it
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
        "EditChange",
        "What an edit does to one fact that it is to leave alone, beside its sham. Answers are first choices.",
        properties("""
            id            string  `<variant id>|<bystander>`
            variant_id    string  The variant's id
            bystander     string  Id of the other fact, known before; the store need not hold it
            kl            float   KL(before || after) of its next token, nats
            kl_sham       float   The same of the sham
            answer_before string  Its answer before
            answer        string  Its answer after the edit
            answer_sham   string  Its answer after the sham
            flipped       boolean Whether the edit changed the answer
            flipped_sham  boolean Whether the sham did
        """),
    ),
    Node(
        "EditCircuit",
        "A fact's circuit before an edit beside another of the same fact, cut at one size. Shares are of |score|.",
        properties("""
            id              string   `<variant id>|<fact id>|<against>`
            variant_id      string   The variant's id
            fact_id         string   The fact's id: the edited one or a neighbour
            against         string   `edit`: in the variant; nulls: `donors`, from other donors; `sham`, after the sham
            answer_before   string   The token whose logit the circuit before explains
            answer          string   That of the other circuit
            donors          strings  What found the other circuit: fact ids, or `name:` and a name
            n_edges_before  integer  Edges of the circuit before
            n_edges         integer  Edges of the other circuit
            jaccard         float    Edges in both, as a share of those in either
            reweighted      float    Sum of |change of score| of those in both, as a share of their |scores| before
            came            integers Edges of the other circuit alone, by the layer that they leave, embedding first
            went            integers Edges of the circuit before alone, likewise
            mlp_before      float    Share of the edited MLP
            mlp             float    The same in the other circuit
            movers_before   float    Share of the relation's movers; absent where no roles are known
            movers          float    The same in the other circuit
            relation_before float    Share of its relation heads; absent where no roles are known
            relation        float    The same in the other circuit
        """),
    ),
    Node(
        "EditAction",
        "Where an edit or its sham acts and what carries it, in logits: the new object's less the old one's.",
        properties("""
            id          string  `<variant id>|edit` or `<variant id>|sham`
            variant_id  string  The variant's id
            is_sham     boolean Whether it is the sham
            old         string  The old object's token
            new         string  The new object's token
            before      float   The difference in the model before
            change      float   By how much it is larger after
            at_subject  float   The change when the edited MLP is another at the subject's last token alone
            at_last     float   The same at the last position alone
            direct      float   What the edited MLP writes itself, after less before
            movers      float   What the relation's movers carry; absent where no roles are known
            n_movers    integer Movers of the relation
            heads       float   What all other heads carry
            mlps        float   What the MLPs behind the edited one write
            rest        float   What comes before the edited MLP; these five add up to the change
            fingerprint string  Hash of all that determines what is said of the inside of the edit
        """),
    ),
    Node(
        "EditLens",
        "Where the old and the new object of an edit appear: closed lens, logits after each block.",
        properties("""
            id            string  `<variant id>|<stage>`
            variant_id    string  The variant's id
            stage         string  The model that is read: `before`, `edit` or `sham`
            blocks        strings `embed`, `a0`, `m0`, ...: in the order in which they write
            old           floats  Logit of the old object's token after each
            new           floats  Logit of the new object's token after each
            emergence_old string  From where on the old object is first among the relation's; empty: never to the end
            emergence_new string  The same of the new object
        """),
    ),
    Node(
        "HopCheck",
        "What a model makes of a relation that is composed of two: means over facts. Absent where there is none.",
        properties("""
            id                      string  `<model id>|<relation id>|<wording>`
            model_id                string  The model's id
            relation_id             string  The composed relation's id
            wording                 string  Number of its template, from 0; the hops are asked in their first
            first                   string  Id of the first hop's relation
            second                  string  Id of the second hop's
            n_facts                 integer Facts that were asked in all three questions
            n_known                 integer Those known in all three
            n_hops_right            integer Facts whose single hops both have the right answer for first choice
            right_given_hops        float   Share of these whose two-hop question has
            n_first_wrong           integer Facts whose second hop alone has
            right_given_second      float   Share of these whose two-hop question has
            consistent              float   Share of facts whose answer is what the single hops' answers lead to
            consistent_null         float   The same with single hops of facts with other bridges
            bridge_before           float   Share of known facts whose bridge is likeliest before the object is
            bridge_before_null      float   The same with other facts' bridges
            bridge_probability      float   Of the bridge among the bridges, the highest after any block
            bridge_probability_null float   The same of other facts' bridges
            heads_first             strings Movers of the first hop, strongest first
            heads_second            strings Movers of the second
            others                  strings Ids of the relations that stand in for the hops
            drop_first              float   What cutting the first hop's movers from the subject costs, in logits
            drop_first_low          float   Lower end of the 95% bootstrap interval over facts
            drop_first_high         float   Upper end
            drop_second             float   The same for the second hop's movers
            drop_other              float   The same for movers of the relations that stand in, mean
            drop_random             float   The same for as many random heads of the first's layers
            drop_every              float   The same for all heads of the model
            r_first                 float   Correlation over heads of mover scores with those of the first hop
            r_second                float   The same with the second
            r_other                 float   The same with the relations that stand in, mean
            fingerprint             string  Hash of all that determines it
        """),
    ),
    Node(
        "HopFact",
        "How a model answers a two-hop fact. What is measured inside is absent for facts not known in all questions.",
        properties("""
            id                      string  `<model id>|<fact id>|<wording>`
            model_id                string  The model's id
            fact_id                 string  The two-hop fact's id
            wording                 string  Number of its relation's template, from 0
            bridge                  string  Object of the first hop, subject of the second
            rank_first              integer Rank of the bridge after the first hop's prompt, 1 = best
            rank_second             integer Rank of the object after the second hop's
            rank_both               integer Rank of the object after the two-hop prompt
            choice                  string  What is likeliest there of the relation's objects
            choice_by_hops          string  The same of the second hop about the bridge that is likeliest in the first
            consistent_null         float   Share of the facts with other bridges whose single hops lead to `choice`
            bridge_block            string  First block after which the bridge is likeliest of the bridges; empty: none
            object_block            string  Block from which on the object stays likeliest; empty: none
            bridge_before           boolean Whether the bridge is likeliest after some block before `object_block`
            bridge_before_null      float   Share of the other bridges that are
            bridge_probability      float   Of the bridge among the bridges, the highest after any block
            bridge_probability_null float   The same of the other bridges, mean
            drop_first              float   What cutting the first hop's movers from the subject costs, in logits
            drop_second             float   The same for the second hop's
            drop_other              float   The same for movers of other relations, mean
            drop_random             float   The same for random heads of the first's layers, mean
            drop_every              float   The same for all heads
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
    Relationship("EditChange", "OF_EDIT", "Edit", "The edit.", key="variant_id"),
    Relationship("EditCircuit", "OF_EDIT", "Edit", "The edit.", key="variant_id"),
    Relationship("EditCircuit", "OF_FACT", "Fact", "The fact whose circuits are compared.", key="fact_id"),
    Relationship("EditAction", "OF_EDIT", "Edit", "The edit.", key="variant_id"),
    Relationship("EditLens", "OF_EDIT", "Edit", "The edit.", key="variant_id"),
    Relationship("HopCheck", "IN_RELATION", "Relation", "The composed relation.", key="relation_id"),
    Relationship("HopCheck", "IN_MODEL", "Model", "The model that was asked.", key="model_id"),
    Relationship("HopFact", "OF_FACT", "Fact", "The two-hop fact.", key="fact_id"),
    Relationship("HopFact", "IN_MODEL", "Model", "The model that was asked.", key="model_id"),
    Relationship("Demonstration", "IN_RELATION", "Relation", "The relation.", key="relation_id"),
    Relationship("Demonstration", "IN_MODEL", "Model", "The model that was asked.", key="model_id"),
    Relationship("DemonstrationHead", "IN_RELATION", "Relation", "The relation.", key="relation_id"),
    Relationship("DemonstrationHead", "OF_COMPONENT", "Component", "The head.", key="component_id"),
    Relationship("RoleCheck", "IN_RELATION", "Relation", "The relation that was checked.", key="relation_id"),
    Relationship("RoleCheck", "IN_MODEL", "Model", "The model whose heads were cut.", key="model_id"),
    Relationship("FactLens", "OF_FACT", "Fact", "The fact.", key="fact_id"),
    Relationship("FactLens", "IN_MODEL", "Model", "The model.", key="model_id"),
    Relationship("Rival", "OF_FACT", "Fact", "The fact.", key="fact_id"),
    Relationship("Rival", "IN_MODEL", "Model", "The model.", key="model_id"),
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
