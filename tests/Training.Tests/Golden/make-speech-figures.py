"""Writes speech-figures.csv (made-up answers of 120 recordings of RAVDESS, in the format of the report's CSV files) and speech-figures.json, what they
are worth by the definitions: an independent restatement of Scores and EqualMassCalibration. Run it in this folder; it reads nothing."""
import json
import math

NAMES = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
FOLD_OF = {5: 4, 12: 2, 19: 3, 22: 6}
state = 20261122


def draw():
    global state
    state = (1103515245 * state + 12345) % 2**31
    return state / 2**31


rows = []
for actor in sorted(FOLD_OF):
    for number in range(30):
        label = (number * 7 + actor) % 8
        strong = 1 if label == 0 else 1 + number % 2
        name = f"03-01-{label + 1:02}-{strong:02}-{1 + number // 8 % 2:02}-{1 + number // 16:02}-{actor:02}"
        if any(row[1] == name for row in rows):
            continue
        weights = [math.exp(2 * draw() + (1.2 if k == label else 0)) for k in range(8)]
        posterior = [round(w / sum(weights), 6) for w in weights]
        rows.append((FOLD_OF[actor], name, label, posterior))

rows.sort(key=lambda row: row[1])
with open("speech-figures.csv", "w") as file:
    file.write("part,recording,label," + ",".join(NAMES) + "\n")
    for fold, name, label, posterior in rows:
        file.write(f"fold-{fold},{name},{NAMES[label]}," + ",".join(f"{p:.6f}" for p in posterior) + "\n")


def figures(some):
    said = [max(range(8), key=lambda k: p[k]) for _, _, _, p in some]
    true = [label for _, _, label, _ in some]
    recalls, f1 = [], []
    for k in sorted(set(true)):
        hits = sum(1 for s, t in zip(said, true) if s == t == k)
        recalls.append(hits / true.count(k))
        f1.append(2 * hits / (true.count(k) + said.count(k)))
    ranked = sorted((p[s], s == t) for (_, _, _, p), s, t in zip(some, said, true))
    n, gap = len(some), 0
    for b in range(10):
        part = ranked[b * n // 10:(b + 1) * n // 10]
        if part:
            gap += abs(sum(1 for _, hit in part if hit) - sum(c for c, _ in part))
    return {
        "n": n,
        "uar": sum(recalls) / len(recalls),
        "wa": sum(1 for s, t in zip(said, true) if s == t) / n,
        "macroF1": sum(f1) / len(f1),
        "nll": -sum(math.log(p[t]) for (_, _, _, p), t in zip(some, true)) / n,
        "ece": gap / n,
    }


# Actors resampled with replacement: 20,000 draws from another generator than the one under test, so its interval may be a little off, no more.
by_actor = {}
for row in rows:
    by_actor.setdefault(row[1][-2:], []).append(row)
actors, uars = sorted(by_actor), []
for _ in range(20000):
    uars.append(figures([row for _ in actors for row in by_actor[actors[int(draw() * len(actors))]]])["uar"])
uars.sort()
result = {key: round(value, 9) for key, value in figures(rows).items()}
result["uarInterval"] = [round(uars[500], 4), round(uars[19500], 4)]

# What true posteriors would show: labels drawn from them, 4,000 times.
eces = []
for _ in range(4000):
    drawn = []
    for fold, name, _, posterior in rows:
        point, label = draw() * sum(posterior), 0
        while label < 7 and point > posterior[label]:
            point -= posterior[label]
            label += 1
        drawn.append((fold, name, label, posterior))
    eces.append(figures(drawn)["ece"])
result["eceIfPerfect"] = round(sum(eces) / len(eces), 4)
json.dump(result, open("speech-figures.json", "w"), indent=1)
