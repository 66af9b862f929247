"""Other tools read the emitted contracts, too."""

import pytest

from cli import tool


@pytest.mark.slow
def test_the_emitted_contract_passes_datacontract_lint(project):
    (contract,) = (project / "contract").glob("*.odcs.yaml")
    done = tool("datacontract-cli", "datacontract", "lint", "--all-errors", contract)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, told
    assert "warning" not in told.lower(), told
