"""The shape of AI/BI dashboards, as far as JSON of another shape would be broken."""

from collections.abc import Iterator

# Versions that the widgets of published dashboards have.
WIDGETS = {"bar": 3, "line": 3, "area": 3, "pie": 3, "counter": 2, "table": 2}
WIDTH = 6


def faults(dashboard: dict) -> Iterator[str]:
    datasets = [dataset["name"] for dataset in dashboard.get("datasets", [])]
    if not datasets or not dashboard.get("pages"):
        yield "it has no datasets or no pages"
    if len(datasets) != len(set(datasets)):
        yield "two datasets have one name"
    for page in dashboard.get("pages", []):
        names = [item["widget"]["name"] for item in page["layout"]]
        for name in {name for name in names if names.count(name) > 1}:
            yield f"page {page['name']}: two widgets are named {name}"
        for item in page["layout"]:
            where = f"widget {item['widget']['name']}"
            yield from (f"{where}: {fault}" for fault in _widget(item, datasets))
        yield from _overlaps(page["layout"])


def widgets(dashboard: dict) -> Iterator[tuple[str, str, list[dict]]]:
    """(widget, dataset, fields) of each widget that shows data."""
    for page in dashboard["pages"]:
        for item in page["layout"]:
            for query in item["widget"].get("queries", []):
                asked = query["query"]
                yield item["widget"]["name"], asked["datasetName"], asked["fields"]


def query(dataset: dict) -> str:
    return "".join(dataset["queryLines"])


def _widget(item: dict, datasets: list[str]) -> Iterator[str]:
    widget, position = item["widget"], item["position"]
    if position["x"] + position["width"] > WIDTH:
        yield f"it ends beyond the {WIDTH} columns of the grid"
    if "multilineTextboxSpec" in widget:
        return
    spec = widget["spec"]
    if WIDGETS.get(spec["widgetType"]) != spec["version"]:
        yield f"{spec['widgetType']} has no version {spec['version']}"
    asked = widget["queries"][0]["query"]
    if asked["datasetName"] not in datasets:
        yield f"there is no dataset {asked['datasetName']}"
    named = {field["name"] for field in asked["fields"]}
    for name in _encoded(spec["encodings"]):
        if name not in named:
            yield f"it shows {name}, which its query has not"


def _encoded(encodings: object) -> Iterator[str]:
    if isinstance(encodings, dict):
        if "fieldName" in encodings:
            yield encodings["fieldName"]
        for value in encodings.values():
            yield from _encoded(value)
    elif isinstance(encodings, list):
        for value in encodings:
            yield from _encoded(value)


def _overlaps(layout: list[dict]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for item in layout:
        place, name = item["position"], item["widget"]["name"]
        for x in range(place["x"], place["x"] + place["width"]):
            for y in range(place["y"], place["y"] + place["height"]):
                if taken.setdefault((x, y), name) != name:
                    yield f"widgets {taken[x, y]} and {name} overlap"
                    return
