"""The plain values of learning: feedback, examples, dataset versions, adapters, the gate's report."""

from enum import StrEnum
from typing import Literal, get_args

from msgspec import Struct

from engine.learning.picks import SideBySideReport
from engine.models.values import AdapterInUse, Message
from engine.privacy.values import AuditEntry, ConsentRow

Verdict = Literal["promote", "reject", "not_enough_data"]
TrialEnding = Literal[
    "kept", "ended", "learning_off", "forgotten", "deleted", "failed", "model_changed", "returned", "rolled_back",
    "other_promoted",
]  # fmt: skip
TrialVerdict = Literal["better", "worse", "alike", "unclear", "few"]
SignalKind = Literal["copied", "asked_again", "complaint", "citation_opened"]
"""What the owner did with an answer, which is weaker than anything said of it: it teaches nothing by itself."""

FeedbackKind = Literal["thumb", "correction", "preferred", "compared", SignalKind]
SIGNALS: tuple[SignalKind, ...] = get_args(SignalKind)
MARKS: frozenset[str] = frozenset({"compared", *SIGNALS})
"""The kinds of rows that hold no words: what they are of is named by its id."""

Side = Literal["left", "right"]
Choice = Literal["left", "right", "both", "neither"]

DOUBTS = frozenset({
    "left_out_contradicted", "left_out_near_duplicate", "left_out_said_before", "left_out_language", "left_out_unfit",
    "left_out_poisoned",
})  # fmt: skip
"""Of the reasons in `Example.left_out` those that the owner may overrule."""


class AdapterState(StrEnum):
    CANDIDATE = "candidate"
    ON_TRIAL = "on_trial"
    ACTIVE = "active"
    RETIRED = "retired"
    REJECTED = "rejected"
    OTHER_BASE = "other_base"


class Feedback(Struct, frozen=True, kw_only=True):
    """One thing the owner said of an answer, as it was said; or, of a kind in MARKS, what was done with it, without
    any words. `source` tells a chat's row from an imported one.

    `prompt` is empty for a chat's row: its turn keeps the prompt, passages by reference. `draft` is what the model
    wrote, `final` what the owner made of it or chose. `consent_version` is the consent in force at that moment.
    """

    id: str
    kind: FeedbackKind
    prompt: list[Message]
    draft: str | None = None
    final: str | None = None
    rejected: str | None = None
    rating: Literal["up", "down"] | None = None
    reason: str = ""
    turn_id: str | None = None
    thread_id: str | None = None
    model_sha256: str | None = None
    adapter_id: str | None = None
    route: dict[str, object] | None = None
    source: Literal["chat", "import"] = "chat"
    consent_version: int = 0
    created_ms: int = 0


class Retention(Struct, frozen=True, kw_only=True):
    """How long feedback is kept, and how much of it; 0 is no limit."""

    days: int = 0
    items: int = 0


class Example(Struct, frozen=True, kw_only=True):
    """What one feedback row becomes after curation: redacted, ready to train on. `left_out` gives the reason's key
    (translations/*/learning.toml) when curation or the owner took it out. `rejected` is what the owner had before the
    target or left for it, redacted too."""

    id: str
    feedback_id: str
    prompt: list[Message]
    target: str
    weight: float = 1.0
    left_out: str | None = None
    redactions: int = 0
    created_ms: int = 0
    kind: FeedbackKind = "correction"
    rejected: str = ""
    turn_id: str | None = None
    thread_id: str | None = None


class DatasetVersion(Struct, frozen=True, kw_only=True):
    """An immutable manifest of examples; `sha256` is over its canonical bytes. `domain` is the one they are all of."""

    id: str
    sha256: str
    train: list[str]
    held_out: list[str]
    created_ms: int
    domain: str | None = None


class Domain(Struct, frozen=True, kw_only=True):
    """A bin of examples about one thing. `named` says that the owner gave the name; else it is made from the questions.

    `examples` may be learned from by now. With `needed` corrections the gate can tell of an adapter for this bin alone;
    `corrections` are those there are. `adapter` is the one in use for it.
    """

    id: str
    name: str
    named: bool
    examples: int
    corrections: int
    needed: int
    adapter: str | None = None


class Nearest(Struct, frozen=True):
    """The bin a question is of. `name` is empty where its owner gave none."""

    id: str
    name: str


class Returned(Struct, frozen=True, kw_only=True):
    """An adapter taken out of use because ratings fell: the shares of answers liked before the fall and since, over the
    last `ratings` of them."""

    adapter: str
    liked_before: float
    liked_since: float
    ratings: int
    at_ms: int


class Tally(Struct, frozen=True, kw_only=True):
    """Of `rated` answers the owner liked `liked`: a share with a 95 % interval from `low` to `high`."""

    rated: int
    liked: int
    low: float
    high: float


class Arm(Struct, frozen=True, kw_only=True):
    """Which arm of a trial gave an answer: the version tried, or the one in use. `propensity` is how likely that arm
    was when it was drawn."""

    trial: str
    tried: bool
    propensity: float


class Answering(Struct, frozen=True):
    """What answers a turn: an adapter or (None) the base alone; drawn for a trial, or (None) for none. `domain` is the
    bin the question is of, `own` whether the adapter is that bin's own."""

    adapter: AdapterInUse | None
    arm: Arm | None = None
    domain: Nearest | None = None
    own: bool = False


class Trial(Struct, frozen=True, kw_only=True):
    """A version that answers a share of the turns, while what is in use (`against`; None is the base) answers the rest.

    The arm of a turn follows from `seed` and the turn's id. `share` is as it is now; each draw's own propensity stands
    in its turn. `ending` says why it ended; None while it runs.
    """

    id: str
    adapter: str
    against: str | None
    share: float
    seed: int
    begun_ms: int
    ended_ms: int | None = None
    ending: TrialEnding | None = None


class ArmReport(Struct, frozen=True, kw_only=True):
    """What one arm answered, and how that was rated."""

    answers: int
    ratings: Tally | None


class Comparison(Struct, frozen=True, kw_only=True):
    """The shares liked had each arm given every answer, and how the arm tried differs from the one in use, with a 95 %
    interval. `effective` is the number of ratings of an even trial that would tell as much."""

    tried: float
    in_use: float
    difference: float
    low: float
    high: float
    effective: float


class TrialReport(Struct, frozen=True, kw_only=True):
    """What a trial says so far, in numbers and in sentences for the owner: `standing` is whether it runs, or why it
    ended; `reasons` are the verdict and the arms. `more` is about how many more ratings would tell (None where they
    would not, or need not)."""

    trial: Trial
    tried: ArmReport
    in_use: ArmReport
    comparison: Comparison | None
    verdict: TrialVerdict
    standing: str
    reasons: list[str]
    more: int | None = None


class TrialAnswer(Struct, frozen=True, kw_only=True):
    """An answer given in a trial, and the arm that gave it."""

    turn: str
    thread: str
    question: str
    tried: bool
    propensity: float
    rating: Literal["up", "down"] | None
    created_ms: int


class Signals(Struct, frozen=True, kw_only=True):
    """Weaker signs of how the answers of `adapter` (None: the base model) were taken: of `answers` that the owner did
    not judge, on how many each was seen. Opening a citation is neither for nor against an answer."""

    adapter: str | None
    answers: int
    copied: int
    asked_again: int
    complaints: int
    citations_opened: int


class Use(Struct, frozen=True, kw_only=True):
    """A time in which `adapter` was what answered; `to_ms` is None while it still is. `ratings` are the thumbs given
    meanwhile to its answers."""

    adapter: str
    from_ms: int
    to_ms: int | None = None
    ratings: Tally | None = None


class Origin(Struct, frozen=True, kw_only=True):
    """What an adapter was made of: of the `trained` examples of its dataset version the `kept` ones are still there,
    and the other counts are of those. `imported` came from files, `masked` counts pieces of personal data."""

    adapter: str
    dataset_sha256: str
    trained: int
    kept: int
    kinds: dict[str, int]
    conversations: int
    imported: int
    masked: int


class LearningStatus(Struct, frozen=True, kw_only=True):
    """Where learning stands, for the page and `learn status`. With `needed` corrections in all the gate can tell.
    `returned` stands until another adapter is used; `base_ratings` are of what the plain model answered. `withdrawn`
    are the examples the adapter in use was trained on that may not be learned from any more. `other_base` says that all
    adapters there are were trained for another base model than the one that answers now. `untested` is the adapter in
    use while the full gate has not seen it; `failed` says what it lost if the last one in use was taken out for it;
    `trial` is the newest, in progress or ended. `rival` is the version that some answers are compared
    with, blind. `signals` are the counts by what answered, where any of the
    `signals_kept` rows are kept. `kinds` counts the examples by kind, `reasons` those left out by why; `origin` is of
    the adapter in use. `active_adapter` answers where no bin's own does, and those are the `domain_adapters`, by bin;
    `answers` says so in words. `resumable_domain` is the bin that the run which can go on is for."""

    enabled: bool
    feedback: int
    examples: int
    left_out: int
    needed: int
    active_adapter: str | None
    answers: str
    training: bool
    resumable: bool
    domain_adapters: dict[str, str] = {}
    resumable_domain: str | None = None
    returned: Returned | None = None
    base_ratings: Tally | None = None
    withdrawn: int = 0
    other_base: bool = False
    untested: str | None = None
    failed: list[str] = []
    trial: TrialReport | None = None
    rival: str | None = None
    signals: list[Signals] = []
    signals_kept: int = 0
    kinds: dict[str, int] = {}
    reasons: dict[str, int] = {}
    origin: Origin | None = None

    @property
    def corrections(self) -> int:
        """The examples that count towards `needed`: the gate tests with none that was only praised."""
        return sum(count for kind, count in self.kinds.items() if kind != "thumb")


class TrainingProgress(Struct, frozen=True, kw_only=True):
    """One step of a run, for the live loss curve. Searching counts the steps of all trainings that are tried.

    `loss` is mean nat a target token of this step, with what replayed answers add; `divergence` is KL(base ‖ adapted)
    of watched ones after the last epoch, nat a token. `needed_bytes` is what the run takes of the `free_bytes` there
    were when it began.
    """

    phase: Literal["preparing", "searching", "training", "gating"]
    step: int
    steps: int
    loss: float | None
    tokens_per_s: float
    eta_s: float | None
    divergence: float | None = None
    needed_bytes: int = 0
    free_bytes: int = 0


class Score(Struct, frozen=True, kw_only=True):
    """One figure of the gate: the candidate against what it is compared with, with a 95 % interval where it has one."""

    name: str
    candidate: float
    reference: float
    difference: float
    low: float | None = None
    high: float | None = None
    passed: bool = True


class GateReport(Struct, frozen=True, kw_only=True):
    """Whether a candidate may be used, why, and the numbers. Reasons are sentences for the owner."""

    verdict: Verdict
    reasons: list[str]
    scores: list[Score]


class Shadow(Struct, frozen=True, kw_only=True):
    """What a version would have answered since it was trained, beside `against` (None: the base model): `report` says
    "promote" where it is shown better, and "reject" where it is not."""

    against: str | None
    at_ms: int
    report: GateReport


class Adapter(Struct, frozen=True, kw_only=True):
    """A version of what was learned: what it came from, how it scored, whether it is in use.

    `serving_sha256` is of the file it was gated on. `parent_id` is the adapter that was in use when it was trained;
    training itself always starts from the base, in `passes` over the examples (0: not known), which were chosen by
    `tried` shorter trainings, or by the size of the data (0). `gate` is the quick gate's report, `full_gate` what was
    found once it was in use. `divergences` and `scale` are those of `Trained`. `destroyed_ms` is set once its file is
    gone for good. `ratings` are of the answers it gave, and so are the weaker `signals`; `trial` is the newest of it,
    `side_by_sides` what blind choices between it and others say, `shadow` what it would have answered. `domain_id` is
    the bin it was trained for; None: all.
    """

    id: str
    state: AdapterState
    base_sha256: str
    serving_sha256: str
    dataset_id: str
    examples: int
    held_out: int
    parent_id: str | None
    layers: int
    rank: int
    passes: int = 0
    tried: int = 0
    gate: GateReport | None
    losses: list[float]
    created_ms: int
    divergences: list[float] = []
    scale: float = 1.0
    domain_id: str | None = None
    full_gate: GateReport | None = None
    shadow: Shadow | None = None
    promoted_ms: int | None = None
    destroyed_ms: int | None = None
    ratings: Tally | None = None
    trial: TrialReport | None = None
    signals: Signals | None = None
    side_by_sides: list[SideBySideReport] = []


class TrainReport(Struct, frozen=True, kw_only=True):
    """The outcome of one training run, as `learn train` prints it."""

    adapter: str
    examples: int
    held_out: int
    tokens: int
    tokens_per_s: float
    seconds: float
    gate: GateReport


class Dependants(Struct, frozen=True, kw_only=True):
    """What goes when `items` of feedback are forgotten: memory's entries of them, dataset versions, adapters."""

    items: int
    datasets: int
    adapters: list[Adapter]
    memories: int = 0


class ForgetReport(Struct, frozen=True, kw_only=True):
    """A receipt: what was removed, which adapters were destroyed, whether retraining is offered."""

    items: int
    adapters_destroyed: list[str]
    backups_rewritten: int
    retrain_offered: bool


class LearningReport(Struct, frozen=True, kw_only=True):
    """The whole story for `learn report`: adapters with their gates (destroyed ones too) and when each was in use, the
    dataset versions that stand, every trial, what blind choices say of each pair of versions, every consent given or
    withdrawn, and the audit trail, newest first."""

    status: LearningStatus
    adapters: list[Adapter]
    datasets: list[DatasetVersion]
    consents: list[ConsentRow]
    audit: list[AuditEntry]
    trials: list[TrialReport] = []
    uses: list[Use] = []
    side_by_sides: list[SideBySideReport] = []
