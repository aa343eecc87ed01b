"""What a runtime asks of its model worker, and what that answers: tokens in, tokens out."""

from msgspec import Struct

from engine.models.values import AdapterInUse, FinishReason, Message, Sampling, Timings


class Load(Struct, frozen=True, tag=True):
    """Load the model at `path`, once a worker."""

    path: str
    context_tokens: int
    threads: int


class Tokenize(Struct, frozen=True, tag=True):
    """Plain text to tokens; `as_answer` ends them as the model ends an answer."""

    text: str
    as_answer: bool = False


class Detokenize(Struct, frozen=True, tag=True):
    """Tokens to text."""

    tokens: list[int]


class Render(Struct, frozen=True, tag=True):
    """Messages to the tokens of a prompt."""

    messages: list[Message]


class AddAdapter(Struct, frozen=True, tag=True):
    """Hold an adapter's GGUF, so that requests may name it."""

    adapter_id: str
    gguf: bytes


class DropAdapter(Struct, frozen=True, tag=True):
    """Hold it no longer."""

    adapter_id: str


class Generate(Struct, frozen=True, tag=True):
    """Go on from `prompt`; the seed is always set. Answered by Pieces and one Ended."""

    prompt: list[int]
    sampling: Sampling
    adapter: AdapterInUse | None


class Prompted(Struct, frozen=True):
    """A prompt, and how its answer is drawn; the seed is always set."""

    prompt: list[int]
    sampling: Sampling


class GenerateMany(Struct, frozen=True, tag=True):
    """Answer many prompts side by side. Answered by an Answer for each as it ends, and a Stepped now and then."""

    prompts: list[Prompted]
    adapter: AdapterInUse | None


class Target(Struct, frozen=True):
    """Tokens whose log-probability is asked, after the tokens of `prompt` (at least one)."""

    prompt: list[int]
    tokens: list[int]


class Score(Struct, frozen=True, tag=True):
    """Answered by one Scored for each target, in order."""

    targets: list[Target]
    adapter: AdapterInUse | None


class Loaded(Struct, frozen=True, tag=True):
    """`context_tokens` is what the model was given, which may be less than was asked."""

    context_tokens: int


class Tokens(Struct, frozen=True, tag=True):
    """The answer to Tokenize and Render."""

    tokens: list[int]


class Text(Struct, frozen=True, tag=True):
    """The answer to Detokenize."""

    text: str


class Done(Struct, frozen=True, tag=True):
    """The adapter is held, or no longer is."""


class Piece(Struct, frozen=True, tag=True):
    """The next piece of an answer: text of whole characters, the tokens it came from, their log-probabilities."""

    text: str
    tokens: list[int]
    logprobs: list[float]


class Ended(Struct, frozen=True, tag=True):
    """The end of an answer."""

    reason: FinishReason
    timings: Timings


class Answer(Struct, frozen=True, tag=True):
    """A whole answer, and the place of its prompt in the request."""

    place: int
    text: str


class Stepped(Struct, frozen=True, tag=True):
    """Every answer in the making is a token longer."""


class Scored(Struct, frozen=True, tag=True):
    """The log-probability (nat) of each token of one target."""

    logprobs: list[float]


Request = Load | Tokenize | Detokenize | Render | AddAdapter | DropAdapter | Generate | GenerateMany | Score
Reply = Loaded | Tokens | Text | Done | Piece | Ended | Answer | Stepped | Scored
