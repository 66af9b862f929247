"""The arguments of create_auto_cdc_flow, by its reference page:

https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes
"""

import pytest
from pyspark.sql import functions as F

from localrun import auto_cdc
from localrun.errors import FlowError

GOOD = {"target": "t", "source": "s", "keys": ["id"], "sequence_by": "seq"}
SCD2 = {"stored_as_scd_type": 2}


def flow(**arguments):
    return auto_cdc.flow_from_arguments(**{**GOOD, **arguments})


@pytest.mark.usefixtures("spark")
class TestArguments:
    def test_names_may_be_text_or_columns(self):
        names = ["a", F.col("b"), "`c.d`", F.col("`e.f`"), "g h"]
        assert flow(keys=names).keys == ("a", "b", "c.d", "e.f", "g h")

    @pytest.mark.parametrize("given", [1, 2, "1", "2"])
    def test_scd_type_may_be_number_or_text(self, given):
        assert flow(stored_as_scd_type=given).scd_type == int(given)

    def test_flow_takes_the_name_of_its_target(self):
        assert flow().name == "t"
        assert flow(name="backfill").name == "backfill"

    def test_arguments_of_none_count_as_not_given(self):
        given = dict.fromkeys(["apply_as_deletes", "column_list", "name", "once"])
        assert flow(**given, stored_as_scd_type=None).scd_type == 1
        assert flow(once=True).once

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"keys": []}, ValueError, "at least one"),
            ({"keys": None}, TypeError, "keys is missing"),
            ({"keys": "id"}, TypeError, "keys must be a list"),
            ({"keys": ["id", "ID"]}, ValueError, "names ID twice"),
            ({"keys": [1]}, TypeError, "names or Columns"),
            ({"keys": ["s.id"]}, ValueError, "name alone"),
            ({"keys": [len]}, TypeError, "names or Columns"),
            ({"sequence_by": None}, TypeError, "sequence_by is missing"),
            ({"sequence_by": 1}, TypeError, "SQL text or a Column"),
            ({"sequence_by": "a b c"}, ValueError, "not a SQL expression"),
            ({"apply_as_deletes": True}, TypeError, "SQL text or a Column"),
            ({"target": 1}, TypeError, "target must be a name"),
            ({"source": ""}, TypeError, "source must be a name"),
            ({"ignore_null_updates": 1}, TypeError, "True or False"),
            ({"stored_as_scd_type": 3}, ValueError, "1 or 2, not 3"),
            ({"stored_as_scd_type": True}, ValueError, "1 or 2"),
            (
                {"column_list": ["id"], "except_column_list": ["a"]},
                ValueError,
                "column_list or except_column_list, not both",
            ),
            ({"column_list": ["a"]}, ValueError, "lacks the key id"),
            ({"except_column_list": ["ID"]}, ValueError, "excludes the key id"),
            (
                {"ignore_null_updates": True, "ignore_null_updates_column_list": ["a"]},
                ValueError,
                "not both",
            ),
            (
                {"track_history_column_list": ["a"]},
                ValueError,
                "needs stored_as_scd_type=2",
            ),
            (
                {**SCD2, "apply_as_truncates": "op = 'T'"},
                ValueError,
                "needs stored_as_scd_type=1",
            ),
            ({"apply_as_delete": "a"}, TypeError, "did you mean apply_as_deletes"),
            ({"once": 1}, TypeError, "once must be True or False, not 1"),
            ({"system_sequence_by": "a"}, NotImplementedError, "system_sequence_by"),
            ({"columns_to_update": "a"}, NotImplementedError, "columns_to_update"),
            ({"stored_as_scd_type": "bitemporal"}, NotImplementedError, "bitemporal"),
        ],
        ids=str,
    )
    def test_wrong_arguments_are_refused_by_one_sentence(
        self, arguments, error, message
    ):
        with pytest.raises(error, match=f"^create_auto_cdc_flow into .*{message}"):
            flow(**arguments)

    def test_a_key_may_not_be_an_expression(self):
        with pytest.raises(ValueError, match=r"keys holds an expression.*upper\(id\)"):
            flow(keys=[F.upper("id")])

    def test_a_qualified_column_is_refused(self):
        with pytest.raises(ValueError, match=r"keys names 's\.id'"):
            flow(keys=[F.col("s.id")])


class TestEvents:
    def test_events_have_the_columns_of_the_target_in_the_order_of_the_source(
        self, spark
    ):
        source = spark.createDataFrame([], "a int, op string, id int, seq bigint")
        deletes = flow(apply_as_deletes="op = 'D'", except_column_list=["op"], **SCD2)
        events = auto_cdc.events(source, deletes)
        assert auto_cdc.target_schema(events.schema, deletes).simpleString() == (
            "struct<a:int,id:int,seq:bigint,__START_AT:bigint,__END_AT:bigint>"
        )

    def test_start_and_end_are_structs_where_the_sequence_is_one(self, spark):
        source = spark.createDataFrame([], "id int, ts timestamp, file string")
        by_time = flow(sequence_by=F.struct("ts", "file"), column_list=["id"], **SCD2)
        schema = auto_cdc.target_schema(
            auto_cdc.events(source, by_time).schema, by_time
        )
        kind = "struct<ts:timestamp,file:string>"
        assert [f.dataType.simpleString() for f in schema] == ["int", kind, kind]

    def test_comments_of_columns_reach_the_target(self, spark):
        source = spark.createDataFrame([], "id int COMMENT 'the key', seq int")
        schema = auto_cdc.target_schema(auto_cdc.events(source, flow()).schema, flow())
        assert [field.metadata for field in schema] == [{"comment": "the key"}, {}]

    @pytest.mark.parametrize(
        ("schema", "arguments", "message"),
        [
            ("idd int, seq int", {}, "keys .* names id, .*did you mean idd"),
            (
                "id int, seq int, a int",
                {"except_column_list": ["b"]},
                "except_column_list of the AUTO CDC flow t names b, which s does not",
            ),
            (
                "id int, seq int, a int",
                {**SCD2, "column_list": ["id"], "track_history_column_list": ["a"]},
                "track_history_column_list .* names a, which is not one of the columns",
            ),
            (
                "id int, seq int, __start_at int",
                SCD2,
                "column __start_at, a name that the AUTO CDC flow t needs itself",
            ),
            (
                "id int, seq map<string,int>",
                {},
                "AUTOCDC_MICROBATCH_VALIDATION.NON_ORDERABLE_SEQUENCE t: .* map<",
            ),
        ],
        ids=str,
    )
    def test_what_does_not_fit_the_source_is_named(
        self, spark, schema, arguments, message
    ):
        source = spark.createDataFrame([], schema)
        with pytest.raises(FlowError, match=message):
            auto_cdc.events(source, flow(**arguments))
