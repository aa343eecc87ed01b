"""The base model's own answers that a training replays, made as the product makes them."""

from engine.chat.prompt import wording
from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.replay import Replay
from engine.learning.training.train import General
from engine.models.llama import LlamaRuntime
from engine.progress import Control


def general(runtime: LlamaRuntime) -> General:
    return Replay(runtime, BaseAnswers(runtime), wording("system")).general(Control())
