"""What the bundle's own files say of its pipeline: the resource and the contract."""

from pathlib import Path

import yaml

from localrun.errors import UsageError


def pipeline_resource(root: Path) -> dict:
    """The pipeline as the bundle in folder `root` deploys it.

    Raises UsageError where no file describes one, or one of them is no resource.
    """
    paths = sorted((root / "resources").glob("*pipeline*.yml"))
    for path in paths:
        for pipeline in _pipelines(path).values():
            if not isinstance(pipeline, dict):
                raise UsageError(f"{_place(path)}: a pipeline in it is no mapping")
            return pipeline
    if paths:
        raise UsageError(
            f"{' and '.join(map(_place, paths))} has no pipeline: write one under "
            "resources, pipelines"
        )
    raise UsageError(
        f"{root} holds no resources/*pipeline*.yml: run localrun in the folder of the "
        "bundle"
    )


def _pipelines(path: Path) -> dict:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{_place(path)} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        cause = getattr(error, "problem", None) or "it is not UTF-8"
        raise UsageError(
            f"{_place(path)}{where}: this is not YAML, {cause}; mend it"
        ) from error
    found = document
    for key in ("resources", "pipelines"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _place(path: Path) -> str:
    return f"resources/{path.name}"


def tables_of(contract: Path | str | None) -> list[str]:
    """The names in a contract that may still be malformed: its loader says how."""
    if contract is None:
        return []
    try:
        document = yaml.safe_load(Path(contract).read_text(encoding="utf-8"))
        return [str(table["name"]) for table in document["schema"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return []


def columns_in_rules(contract: str | None, source: Path) -> dict[str, set[str]]:
    """The columns that rules name of tables without `properties`, by bronze table.

    Only the files of such a source say which columns it has. What begins with _ is the
    pipeline's own, and there in any case. The contract is a sound one.
    """
    if contract is None:
        return {}
    from localrun.check_contract import importable

    with importable(source):
        from medallion.checks import predicates
        from medallion.contract import load

    found = {}
    for table in load(contract):
        if not table.columns:
            texts = [rule.expectation for rule in table.rules]
            texts += [table.delete_when] if table.delete_when else []
            names = {name for text in texts for name in predicates.columns(text)}
            found[f"bronze_{table.name}"] = {n for n in names if not n.startswith("_")}
    return found
