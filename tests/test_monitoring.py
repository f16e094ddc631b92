"""Files for Prometheus and Grafana: every expression can be parsed, and asks for what there is."""

import json
import re

import promql_parser
import pytest
import yaml
from django_prometheus.middleware import Metrics
from prometheus_client import REGISTRY

from tests.machines import FOLDER

pytestmark = pytest.mark.presentation
RULES = yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text())
SCRAPES = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
BOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
EXPRESSIONS = [rule["expr"] for rule in ALERTS.values()]
EXPRESSIONS += [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
# What Prometheus itself and the exporters that deploy.md names give.
OTHERS = {
    "up": {"job"},
    "probe_success": {"job"},
    "node_systemd_unit_state": {"name", "state"},
    "node_systemd_timer_last_trigger_seconds": {"name"},
}


def of_the_site():
    """Return the series that /metrics can have, each with its labels."""
    Metrics.get_instance()
    found = {}
    for metric in REGISTRY._collector_to_names:
        for family in metric.collect() if metric.__module__.startswith("prometheus") else ():
            labels = {"job", "le", *getattr(metric, "_labelnames", ())}
            for suffix in ("_total", "_bucket", "_sum", "_count"):
                found[family.name + suffix] = labels
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_what_there_is(expression):
    assert promql_parser.parse(expression)
    selectors = re.findall(r"(\w+)\{([^}]*)\}", expression)
    assert selectors
    known = of_the_site() | OTHERS
    for name, matchers in selectors:
        labels = re.findall(r'(\w+)=~?"', matchers)
        assert name in known and set(labels) <= known[name], (name, labels)
    for grouped in re.findall(r"by \(([\w, ]+)\)", expression):
        assert set(grouped.split(", ")) <= known[selectors[0][0]], grouped


def test_every_alert_says_how_grave_it_is_and_what_it_means():
    assert len(ALERTS) == sum(len(group["rules"]) for group in RULES["groups"])
    for name, rule in ALERTS.items():
        assert re.fullmatch(r"PlanWatch\w+", name)
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"].endswith(".")
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))


def test_every_job_that_is_asked_for_is_scraped():
    jobs = {job["job_name"] for job in SCRAPES["scrape_configs"]}
    assert set(re.findall(r'job="([^"]+)"', " ".join(EXPRESSIONS))) <= jobs
    assert SCRAPES["rule_files"] == ["planwatch-rules.yml"]


def test_timers_and_units_that_are_watched_exist():
    for name in re.findall(r'name="([^"]+)"', " ".join(EXPRESSIONS)):
        assert (FOLDER / name).is_file()


def test_panels_of_the_dashboard_have_places_of_their_own():
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in BOARD["panels"]}
    assert len(places) == len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    assert BOARD["title"] and BOARD["schemaVersion"] >= 36
