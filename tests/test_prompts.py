"""What is asked, and how a wrong answer is refused."""

import json
import re

import pytest
import yaml
from projects import CONFIGS, answers

from render import RenderError, render
from versions import ROOT, version

SCHEMA = json.loads((ROOT / "databricks_template_schema.json").read_text())
PROMPTS = SCHEMA["properties"]
# All that the CLI reads; a misspelt keyword would be ignored without a word.
KEYWORDS = {
    "version",
    "min_databricks_cli_version",
    "welcome_message",
    "success_message",
    "properties",
}
KEYWORDS_OF_A_PROMPT = {
    "type",
    "order",
    "default",
    "description",
    "enum",
    "pattern",
    "pattern_match_failure_message",
}
REFUSED = [
    ({"project_name": "Shop"}, "lower-case letters"),
    ({"project_name": "shop-"}, "no dash or underscore last"),
    ({"project_name": "s" * 51}, "2 to 50"),
    ({"project_name": "con"}, "Windows"),
    ({"project_name": "pyspark"}, "my_pyspark"),
    ({"project_name": "delta_spark"}, "Python package"),
    ({"catalog": "main.retail"}, "the catalog alone"),
    ({"catalog": "`main`"}, "without schema or backticks"),
    ({"catalog": "hive_metastore"}, "belongs to Databricks"),
    ({"schema": "main.retail"}, "the schema alone"),
    ({"schema": "information_schema"}, "belongs to Unity Catalog"),
    ({"sql_warehouse": ""}, "such as Serverless"),
    ({"sql_warehouse": 'a "good" one'}, "without quotes"),
    ({"databricks_cli_profile": "[DEFAULT]"}, "without brackets"),
    ({"github_actions": "maybe"}, "one of [yes no]"),
]


def test_the_schema_holds_keywords_that_the_cli_reads_and_no_others():
    assert SCHEMA.keys() <= KEYWORDS
    assert {
        key for prompt in PROMPTS.values() for key in prompt
    } <= KEYWORDS_OF_A_PROMPT


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_teaches_and_says_what_is_wrong(name):
    prompt = PROMPTS[name]

    assert prompt["type"] == "string"
    assert prompt["default"]
    assert len(prompt["description"].split()) > 10
    assert prompt["description"].endswith(f"\n{name}")
    assert re.fullmatch(r"\^.*\$", prompt["pattern"])
    assert prompt["pattern_match_failure_message"].startswith("Write ")


def test_prompts_have_an_order_of_their_own():
    orders = [prompt["order"] for prompt in PROMPTS.values()]

    assert orders == sorted(set(orders))


@pytest.mark.parametrize("config", CONFIGS)
def test_an_answers_file_holds_answers_to_prompts_only(config):
    assert answers(config).keys() <= PROMPTS.keys()


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_a_wrong_answer_is_refused_by_a_sentence_and_nothing_is_written(
    given, words, tmp_path
):
    with pytest.raises(RenderError, match=re.escape(words)) as refused:
        render(given, tmp_path / "out")

    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_cli_older_than_the_tested_one_is_refused_by_template_and_bundle(rendered):
    tested = version("databricks_cli")
    document = yaml.safe_load((rendered("retail") / "databricks.yml").read_text())

    assert SCHEMA["min_databricks_cli_version"] == f"v{tested}"
    assert document["bundle"]["databricks_cli_version"] == f">= {tested}"
