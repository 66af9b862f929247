"""Secrets of a laptop: where they come from, and where they do not go."""

import pytest

from localrun.errors import UsageError
from localrun.secrets import Secrets, hidden


@pytest.fixture
def secrets(tmp_path):
    def write(text: str) -> Secrets:
        (tmp_path / ".local").mkdir()
        (tmp_path / ".local/secrets.yml").write_text(text)
        return Secrets(tmp_path)

    return write


def test_the_file_gives_them_by_scope_and_key(secrets):
    assert secrets("shop: {a: one, b: two}").get("shop", "b") == "two"


def test_the_environment_goes_before_the_file(secrets, monkeypatch):
    monkeypatch.setenv("LOCALRUN_SECRET_WEB_SHOP_EVENT_HUBS", "three")

    assert secrets("web-shop: {event-hubs: two}").get("web-shop", "event-hubs") == (
        "three"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the secret key of scope shop is not known here: write it to "),
        ("other: {key: x}", "the secret key of scope shop is not known here: "),
        ("shop: {key: 12345}", ".local/secrets.yml, line 1: the secret key of scope"),
        ("shop: {key: }", ".local/secrets.yml, line 1: the secret key of scope shop"),
        ("shop: text", ".local/secrets.yml, line 1: the secrets are not a mapping: "),
        ("[shop]", ".local/secrets.yml, line 1: the secrets are not a mapping: "),
        ("shop: {key: x", ".local/secrets.yml, line 1: the file is not YAML"),
    ],
)
def test_what_is_not_there_or_no_text_is_one_sentence(secrets, text, sentence):
    with pytest.raises(UsageError) as refused:
        secrets(text).get("shop", "key")

    assert str(refused.value).startswith(sentence)
    assert len(str(refused.value).splitlines()) == 1


def test_what_was_given_out_is_hidden_also_within_quotes(secrets):
    given = secrets("shop: {key: 'pass\"word'}").get("shop", "key")

    assert hidden(f"{given} was refused") == "[secret] was refused"
    assert hidden('password="pass\\"word"') == 'password="[secret]"'
