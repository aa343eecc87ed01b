"""Templates are strangers' programs: they render messages and can do nothing else."""

import pytest

from engine.errors import InputRefused
from engine.models.template import ChatTemplate
from engine.models.values import Message

TALK = [Message("system", "Be kind."), Message("user", "Hello {{ 7 * 7 }}"), Message("assistant", "Hi")]

ESCAPES = [
    "{{ messages.__class__.__base__.__subclasses__() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x.__init__.__globals__ }}{% endfor %}",
    "{{ self.__init__.__globals__.__builtins__.open('/etc/passwd').read() }}",
    "{{ raise_exception.__globals__['__builtins__'] }}",
    "{{ '{0.__class__.__mro__}'.format(messages) }}",
    "{{ (messages | attr('__class__')).__mro__ }}",
    "{{ messages.append(1) }}",
]
BOMBS = ["{{ range(1000000000) | list }}", "{{ 'a' * 1000000 }}", "{{ 'ab'.center(900000) }}"]


def rendered(source: str) -> str:
    return ChatTemplate(source, begin="<s>", end="</s>").render(TALK)


def test_messages_are_put_in_as_they_are() -> None:
    source = "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}{{ eos_token }}{% endfor %}"
    assert rendered(source) == "<s>[system] Be kind.</s>[user] Hello {{ 7 * 7 }}</s>[assistant] Hi</s>"


def test_the_answer_is_opened() -> None:
    assert rendered("{% if add_generation_prompt %}<assistant>{% endif %}") == "<assistant>"


@pytest.mark.parametrize("source", [*ESCAPES, *BOMBS, "{% if %}", "{{ nothing.here }}", "{{ 1 / 0 }}"])
def test_a_template_that_reaches_out_or_fails_is_refused(source: str) -> None:
    with pytest.raises(InputRefused) as refused:
        rendered(source)
    assert refused.value.code == "template_failed"


def test_a_template_may_refuse_messages_in_words() -> None:
    with pytest.raises(InputRefused) as refused:
        rendered("{{ raise_exception('roles must alternate') }}")
    assert refused.value.fields["reason"] == "roles must alternate"
