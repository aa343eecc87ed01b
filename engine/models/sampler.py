"""Draws the next token with llama.cpp's own samplers."""

from typing import Any

from engine.models.native import llama
from engine.models.values import Sampling

_REPEAT_WINDOW = 64  # tokens of the answer that the repeat penalty looks back on
_ANY_SEED = 0xFFFFFFFF  # to llama.cpp this one seed means "draw one"


class Sampler:
    """The chain a Sampling describes: penalty, then greedy; or penalty, top k, top p, min p, temperature, a draw."""

    def __init__(self, sampling: Sampling, vocabulary_size: int) -> None:
        lib = llama()
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if sampling.repeat_penalty != 1.0:
            self._add(
                lib.llama_sampler_init_penalties(vocabulary_size, _REPEAT_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
            )
        if sampling.temperature <= 0:
            self._add(lib.llama_sampler_init_greedy())
            return
        self._add(lib.llama_sampler_init_top_k(sampling.top_k))
        self._add(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(lib.llama_sampler_init_temp(sampling.temperature))
        self._add(lib.llama_sampler_init_dist((sampling.seed or 0) % _ANY_SEED))

    def draw(self, context: Any, index: int = -1) -> int:
        """The next token, from the logits at `index` of those a llama.cpp context gave last."""
        return int(llama().llama_sampler_sample(self._chain, context, index))

    def close(self) -> None:
        llama().llama_sampler_free(self._chain)

    def _add(self, sampler: Any) -> None:
        llama().llama_sampler_chain_add(self._chain, sampler)
