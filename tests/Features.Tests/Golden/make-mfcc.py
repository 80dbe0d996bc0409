"""Writes mfcc.json: the formula of MfccFrontEnd restated in plain Python, in double precision and with the transform by its
definition. Run it in this folder after a change of the formula or of mfcc-spec.json; it reads nothing else."""
import cmath
import json
import math

spec = json.load(open("mfcc-spec.json"))
rate, length, hop, size = spec["sampleRate"], spec["frameLength"], spec["hopLength"], spec["fftSize"]
bands, count, floor = spec["melBands"], spec["coefficients"], spec["powerFloor"]


def signal():
    """0.1 s of a gliding voice-like sum, 0.05 s of noise, 0.05 s of digital silence, as 16-bit PCM."""
    seed, pcm, phase = 12345, [], 0.0
    for n in range(1600):
        phase += 2 * math.pi * (120 + 80 * n / 1600) / rate
        pcm.append(round(9000 * sum(math.sin(k * phase) / k for k in range(1, 9)) / 2))
    for _ in range(800):
        seed = (1103515245 * seed + 12345) % 2**31
        pcm.append(seed // 2**16 % 4001 - 2000)
    return pcm + [0] * 800


def mel(hertz):
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def hertz(mels):
    return mels * 200 / 3 if mels < 15 else 1000 * 6.4 ** ((mels - 15) / 27)


def triangles():
    low, high = mel(spec["lowHertz"]), mel(spec["highHertz"])
    edges = [hertz(low + i * (high - low) / (bands + 1)) for i in range(bands + 2)]
    bank = []
    for left, centre, right in zip(edges, edges[1:], edges[2:]):
        row = [max(0, min((f - left) / (centre - left), (right - f) / (right - centre)))
               for f in (k * rate / size for k in range(size // 2 + 1))]
        bank.append([w / sum(row) for w in row])
    return bank


roots = [cmath.exp(-2j * math.pi * k / size) for k in range(size)]
window = [0.5 - 0.5 * math.cos(2 * math.pi * n / length) for n in range(length)]
energy = sum(w * w for w in window)
inside = [k for k in range(size // 2 + 1) if spec["lowHertz"] <= k * rate / size <= spec["highHertz"]]
bank = triangles()


def decibels(power):
    return 10 * math.log10(max(power, floor))


def analyse(x):
    y = [x[0] * (1 - spec["preEmphasis"])] + [b - spec["preEmphasis"] * a for a, b in zip(x, x[1:])]
    v = [a * b for a, b in zip(y, window)]
    power = [abs(sum(v[n] * roots[k * n % size] for n in range(length))) ** 2 / energy for k in range(size // 2 + 1)]
    d = [decibels(sum(w * p for w, p in zip(row, power))) for row in bank]
    c = [math.sqrt((1 if i == 0 else 2) / bands) * sum(d[m] * math.cos(math.pi * i * (m + 0.5) / bands) for m in range(bands))
         for i in range(count)]
    return c, decibels(sum(power[k] for k in inside) / len(inside))


pcm = signal()
frames = [analyse([s / 32768 for s in pcm[t:t + length]]) for t in range(0, len(pcm) - length + 1, hop)]
json.dump({"pcm": pcm, "coefficients": [[round(v, 4) for v in c] for c, _ in frames], "levels": [round(l, 4) for _, l in frames]},
          open("mfcc.json", "w"), separators=(",", ":"))
