"""From the first deployment to production, with the real CLI, Spark and Delta."""

import pytest
from end_to_end.validation import ASSERTIONS
from make import make


@pytest.mark.nightly
@pytest.mark.slow
def test_good_data_is_promoted_and_bad_data_stops_it(tmp_path):
    out = make("promote-demo", f"BUILD={tmp_path}")

    before, _, after = out.partition("== dev: bad rows arrive")
    assert before.count("\npassed  ") == 2 * ASSERTIONS
    assert '"demo refresh" TERMINATED SUCCESS' in before
    assert "production stays as it is" in after
    assert "Quarantine.share_is_below_the_threshold: quarantine_stores has" in after
    assert "--target prod" not in after
    tables = tmp_path / "promotion/workspace/mirror/Tables"
    warehouses = {path.name for path in tables.iterdir()}
    assert warehouses == {"main.dev_tester_demo", "main.demo"}
