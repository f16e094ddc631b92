"""A notebook on the panel: status over time by pillar, survival of promises, agreement of official and independent sources.

    pip install pandas matplotlib
    python panel.py https://planwatch.example.org FOLDER

FOLDER gets the pictures. Jupyter (with Jupytext), VS Code and Spyder run it cell by cell: a cell begins with `# %%`.
"""

# %% Read: three calls of the API
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")  # Leave it out to see the pictures in a notebook.
import matplotlib.pyplot
import pandas

site, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2])
plan = "us-nap-2021"
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "panel", "font.size": 9})


def read(path, *days):
    return pandas.read_csv(f"{site}/api/v1/{path}&plan={plan}&format=csv", parse_dates=[*days])


panel = read("panel/?step=quarter", "date")
promises = read("commitments/?fields=code,announced_on", "announced_on").set_index("code")
steps = read("status-changes/?order=effective_on", "effective_on")
steps = steps[steps.corrected_by.isna()]


def save(axes, name):
    axes.figure.savefig(folder / name, metadata={"Date": None}, bbox_inches="tight")


# %% Status over time by pillar: how many commitments had which status at the end of each quarter
counts = panel.groupby(["pillar", "date", "status"]).size().unstack(fill_value=0)
pillars = counts.index.unique("pillar")
figure, places = matplotlib.pyplot.subplots(1, len(pillars), figsize=(10, 3), sharey=True)
for pillar, axes in zip(pillars, places, strict=True):
    counts.loc[pillar].plot.area(
        ax=axes, title=pillar, xlabel="", lw=0, legend=False, cmap="viridis"
    )
places[0].set_ylabel("commitments")
places[-1].legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
save(places[0], "status-by-pillar.svg")
print(counts.groupby("pillar").tail(1).to_string())


# %% Survival of promises: the share without a sign of work, and the share not done, by months since the announcement
def survival(statuses):
    """Return the Kaplan-Meier estimate: what goes on today is counted for as long as it has been watched."""
    reached = steps[steps.status.isin(statuses)].groupby("commitment").effective_on.min()
    ends = reached.reindex(promises.index)
    watched = (ends.fillna(panel.date.max()) - promises.announced_on).dt.days.clip(lower=0) // 30
    left = pandas.Series({month: (watched >= month).sum() for month in range(watched.max() + 1)})
    events = watched[ends.notna()].value_counts().reindex(left.index, fill_value=0)
    return (1 - events / left).cumprod()


done = ["completed", "in_place"]
begun = [*done, "in_progress", "partly_met"]
curves = pandas.DataFrame({"no sign of work yet": survival(begun), "not done yet": survival(done)})
axes = curves.plot(
    drawstyle="steps-post", ylim=(0, 1), figsize=(6, 3), xlabel="months since the announcement"
)
axes.set_ylabel("share of promises")
save(axes, "survival.svg")
print(curves.iloc[::12].round(2).to_string())


# %% Agreement: the latest status that official sources show, and the latest that independent ones show
def latest_by(origin):
    origins = steps["evidence.origin"].fillna("").str.split("|")
    return steps[[origin in each for each in origins]].groupby("commitment").status.last()


both = pandas.DataFrame({name: latest_by(name) for name in ("official", "independent")}).dropna()
table = pandas.crosstab(both.official, both.independent)
axes = table.plot.barh(stacked=True, figsize=(6, 3), cmap="viridis", xlabel="commitments")
axes.set_ylabel("by official sources")
axes.legend(title="by independent sources", loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
save(axes, "agreement.svg")
agree = (both.official == both.independent).mean()
print(
    f"{len(both)} commitments have sources of both kinds; {agree:.0%} have the same latest status."
)
print(table.to_string())
