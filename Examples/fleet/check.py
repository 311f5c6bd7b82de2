# SPDX-License-Identifier: Apache-2.0
"""Compares the answers of an engine with the oracle: counts and losses exactly, percentiles within the bound."""
from oracle import PERCENTILES

BOUND = 1 / 128


class Mistakes(list):
    """What differs, each as a sentence."""

    def compare(self, what, found, true):
        if found != true:
            self.append(f"{what}: {found}, and {true} is true")


def rows(answer, *key):
    """The rows of an answer by the values of its key."""
    return {tuple(row[name] for name in key): row for row in answer}


def check(answers, truth):
    """What is wrong in the answers to the queries."""
    mistakes = Mistakes()
    fleet = answers["1-fleet"][0]
    for name, value in fleet.items():
        if name in truth["fleet"]:
            mistakes.compare(f"fleet, {name}", value, truth["fleet"][name])
    _hosts(answers, truth, mistakes)
    _losses(answers, truth, mistakes)
    _rates(answers, truth, mistakes)
    _percentiles(answers, truth, mistakes)
    _clocks(answers, truth, mistakes)
    commands = sum(row["events"] for row in answers["4-top"])
    mistakes.compare("events of all commands", commands, truth["fleet"]["events"])
    requests = {row["comm"]: row["events"] for row in answers["4-top"] if row["_map"] == "requests"}
    mistakes.compare("requests by command", requests,
                     {name: figures["events"] for name, figures in truth["percentiles"]["command"].items()})
    mistakes.compare("sum of all inodes", answers["8-exact"][0]["inodes"], truth["fleet"]["inodes"])
    return mistakes


def _hosts(answers, truth, mistakes):
    found = rows(answers["2-hosts"], "_host")
    mistakes.compare("hosts", sorted(name for name, in found), sorted(truth["hosts"]))
    for name, host in truth["hosts"].items():
        row = found.get((name,), {})
        expected = {
            "captures": host["captures"], "not_ended": host["captures"] - host["ended"],
            "events": sum(host["events"].values()), "lost": sum(host["lost"].values()),
            "lost_unknown": host["lost_unknown"], "events_missing": host["events_missing"],
            "blocks_missing": host["blocks_missing"],
        }
        for column, value in expected.items():
            mistakes.compare(f"{name} ({host['role'] or 'no fault'}), {column}", row.get(column), value)


def _losses(answers, truth, mistakes):
    found, unknown = {}, {}
    for row in answers["3-losses"]:
        if row["lost"]:
            found.setdefault(row["_host"], {})[f"{row['_map']} {row['_cause']}"] = row["lost"]
        unknown[row["_host"]] = unknown.get(row["_host"], 0) + row["lost_unknown"]
    mistakes.compare("losses", found, {name: host["lost"] for name, host in truth["hosts"].items() if host["lost"]})
    mistakes.compare("losses of unknown size", {name: count for name, count in unknown.items() if count},
                     {name: host["lost_unknown"] for name, host in truth["hosts"].items() if host["lost_unknown"]})


def _rates(answers, truth, mistakes):
    found = {str(row["begins"]): [row["events"], row["uncertain"], row["lost"]] for row in answers["5-rates"]}
    mistakes.compare("events, uncertain and lost ones by time", found, truth["rates"])


def _percentiles(answers, truth, mistakes):
    found = rows(answers["6-percentiles"], "scope", "name")
    expected = {(scope, name): figures for scope, names in truth["percentiles"].items()
                for name, figures in names.items()}
    mistakes.compare("groups of percentiles", sorted(found), sorted(expected))
    for key in found.keys() & expected.keys():
        mistakes.compare(f"events of {key}", found[key]["events"], expected[key]["events"])
        for column in PERCENTILES:
            value, true = found[key][column], expected[key][column]
            if not abs(value - true) <= true * BOUND:
                mistakes.append(f"{column} of {key}: {value} is not within {BOUND:.2%} of {true}")


def _clocks(answers, truth, mistakes):
    for name, host in truth["hosts"].items():
        errors = [row["clock_error"] for row in answers["7-clocks"] if row["_host"] == name]
        mistakes.compare(f"clock errors of {name}", sorted(errors, key=str), sorted(host["error_ns"], key=str))
        for error, skew in zip(errors, host["skew_ns"]):
            if error is not None and abs(skew) > error:
                mistakes.append(f"the clock of {name} is {skew} ns wrong and not {error} at most")


def worst(answers, truth):
    """The largest error of a percentile, as a share of its true value."""
    found = rows(answers["6-percentiles"], "scope", "name")
    return max(abs(found[scope, name][column] - figures[column]) / figures[column]
               for scope, names in truth["percentiles"].items() for name, figures in names.items()
               for column in PERCENTILES)
