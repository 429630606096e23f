"""The frozen records of two-hop facts: how a model answers them, and what of the single hops the answer needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HopFact:
    """One two-hop fact in one model. Ranks are of the right answer among all tokens, 1 = the model's first choice.

    What is measured inside the model is there for facts that it knows in all three questions; else None.
    """

    model_id: str
    fact_id: str
    wording: str
    """Number of the relation's template; the single hops are asked in their first."""
    bridge: str
    """Object of the first hop, subject of the second."""
    rank_first: int
    rank_second: int
    rank_both: int
    choice: str
    """What the model finds likeliest of the relation's objects."""
    choice_by_hops: str
    """The same of the second hop, asked about what it finds likeliest of the bridges in the first."""
    consistent_null: float | None
    """Share of the facts with other bridges whose single hops lead to `choice`; None: there is none."""
    bridge_block: str | None = None
    """First block after which the bridge is likelier than all other bridges, by the closed lens; empty: none."""
    object_block: str | None = None
    """Block from which on the object stays likelier than the relation's other objects; empty: none."""
    bridge_before: bool | None = None
    """Whether the bridge is likeliest after some block before `object_block`."""
    bridge_before_null: float | None = None
    """Share of the other bridges that are."""
    bridge_probability: float | None = None
    """Of the bridge among the bridges, the highest after any block."""
    bridge_probability_null: float | None = None
    """The same of the other bridges, mean."""
    drop_first: float | None = None
    """What cutting the first hop's movers from the subject costs, in logits of the object over the relation's other
    objects."""
    drop_second: float | None = None
    """What the second hop's movers cost."""
    drop_other: float | None = None
    """What movers of other relations cost, mean."""
    drop_random: float | None = None
    """What as many random heads of the layers of the first hop's movers cost, mean."""
    drop_every: float | None = None
    """What all heads cost."""

    @property
    def id(self) -> str:
        """`<model id>|<fact id>|<wording>`."""
        return f"{self.model_id}|{self.fact_id}|{self.wording}"

    @property
    def is_consistent(self) -> bool:
        """Whether the model's choice is the one that its answers to the single hops lead to."""
        return self.choice == self.choice_by_hops


@dataclass(frozen=True, slots=True, kw_only=True)
class HopCheck:
    """What a model makes of a relation that is composed of two: means over facts, intervals 95%, bootstrap over facts.

    None where there is no fact, or no head, to say it of.
    """

    model_id: str
    relation_id: str
    wording: str
    first: str
    """Id of the first hop's relation."""
    second: str
    n_facts: int
    """Facts that were asked in all three questions."""
    n_known: int
    """Those known in all three."""
    n_hops_right: int
    """Facts whose single hops both have the right answer for first choice."""
    right_given_hops: float | None
    """Share of these whose two-hop question has."""
    n_first_wrong: int
    """Facts whose second hop alone has."""
    right_given_second: float | None
    consistent: float | None
    """Share of facts whose answer, of the relation's objects, is what the single hops' answers lead to."""
    consistent_null: float | None
    """The same with the single hops of facts with other bridges."""
    bridge_before: float | None
    """Share of known facts whose bridge is likeliest after some block before the object is."""
    bridge_before_null: float | None
    """The same with other facts' bridges."""
    bridge_probability: float | None
    bridge_probability_null: float | None
    heads_first: tuple[str, ...]
    """Movers of the first hop, strongest first."""
    heads_second: tuple[str, ...]
    others: tuple[str, ...]
    """Ids of the relations that stand in for the hops."""
    drop_first: float | None
    drop_first_low: float | None
    drop_first_high: float | None
    drop_second: float | None
    drop_other: float | None
    drop_random: float | None
    drop_every: float | None
    r_first: float | None
    """Correlation over the model's heads of mover scores with those of the first hop."""
    r_second: float | None
    r_other: float | None
    """The same with the relations that stand in, mean."""
    fingerprint: str
    """Hash of all that determines it."""

    @property
    def id(self) -> str:
        """`<model id>|<relation id>|<wording>`."""
        return f"{self.model_id}|{self.relation_id}|{self.wording}"
