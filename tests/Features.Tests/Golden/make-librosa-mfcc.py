"""Writes librosa-mfcc.json: what librosa 0.10 computes, restated from its documentation in plain Python and double precision, and how our coefficients
differ from it. Run it in this folder after a change of mfcc-spec.json; it reads nothing else.

    y = librosa.effects.preemphasis(x, coef=preEmphasis)
    S = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=fftSize, hop_length=hop, win_length=frameLength, window="hann", center=False, power=2.0,
                                       n_mels=melBands, fmin=lowHertz, fmax=highHertz, htk=False, norm="slaney")
    c = librosa.feature.mfcc(S=librosa.power_to_db(S, ref=1.0, amin=tiny, top_db=None), n_mfcc=coefficients, dct_type=2, norm="ortho")

librosa puts the window of 400 samples into the middle of 512, so x has 56 zeros before it here: then its frame t has our samples.
Our spectrum is divided by the energy of the window, and our triangles sum to 1 where librosa's have the area 1: a constant factor per band, so a
constant per coefficient, which is "offset" here: ours = librosa's - offset. The model's normalisation takes it out.
"""
import json
import math

spec = json.load(open("mfcc-spec.json"))
rate, length, hop, size = spec["sampleRate"], spec["frameLength"], spec["hopLength"], spec["fftSize"]
bands, count = spec["melBands"], spec["coefficients"]


def to_mel(hertz):
    """Slaney's Auditory Toolbox: 66.67 Hz a mel up to 1 kHz, then 27 mels for a factor of 6.4."""
    return hertz / (200 / 3) if hertz < 1000 else 15 + math.log(hertz / 1000) / (math.log(6.4) / 27)


def to_hertz(mel):
    return mel * (200 / 3) if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


def mel_filters(rate, size, bands, low, high):
    """Triangles over the spectral lines, each of area 1 over frequency."""
    centres = [to_hertz(to_mel(low) + i * (to_mel(high) - to_mel(low)) / (bands + 1)) for i in range(bands + 2)]
    lines = [k * rate / size for k in range(1 + size // 2)]
    filters = []
    for i in range(bands):
        rise = [(f - centres[i]) / (centres[i + 1] - centres[i]) for f in lines]
        fall = [(centres[i + 2] - f) / (centres[i + 2] - centres[i + 1]) for f in lines]
        filters.append([max(0.0, min(a, b)) * 2 / (centres[i + 2] - centres[i]) for a, b in zip(rise, fall)])
    return filters


# Figures that librosa's own documentation prints, so that this is a restatement of it and not of our reading of it.
assert [round(to_mel(f), 9) for f in (60, 110, 220, 440)] == [0.9, 1.65, 3.3, 6.6]
published = mel_filters(22050, 2048, 128, 0, 11025)
assert all(abs(a - b) < 1e-9 for a, b in zip(published[0], [0, 0.016182853208, 0.032365706416, 0.028990088037, 0.012807234829, 0]))
assert all(abs(a - b) < 1e-9 for a, b in zip(published[1][3:8], [0.009779235794, 0.025962089002, 0.035393705452, 0.019210852244, 0.003027999036]))


def signal():
    """0.15 s of a gliding voice-like sum in a little noise, so that no band is silent."""
    seed, pcm, phase = 4711, [], 0.0
    for n in range(2400):
        phase += 2 * math.pi * (140 - 40 * n / 2400) / rate
        seed = (1103515245 * seed + 12345) % 2**31
        voice = 7000 * sum(math.sin(k * phase) / k for k in range(1, 20)) * (0.3 + 0.7 * math.sin(math.pi * n / 2400))
        pcm.append(round(voice / 2) + seed // 2**16 % 81 - 40)
    return pcm


pcm = signal()
x = [0.0] * ((size - length) // 2) + [sample / 32768 for sample in pcm] + [0.0] * ((size - length) // 2)
y = [x[0]] + [b - spec["preEmphasis"] * a for a, b in zip(x, x[1:])]
hann = [0.5 * (1 - math.cos(2 * math.pi * n / length)) for n in range(length)]
before = (size - length) // 2
window = [0.0] * before + hann + [0.0] * (size - length - before)
filters = mel_filters(rate, size, bands, spec["lowHertz"], spec["highHertz"])
cosine = [[math.cos(2 * math.pi * k / size), math.sin(2 * math.pi * k / size)] for k in range(size)]


def dct(values):
    n = len(values)
    return [sum(v * math.cos(math.pi * k * (2 * m + 1) / (2 * n)) for m, v in enumerate(values)) * math.sqrt((1 if k == 0 else 2) / n) for k in range(count)]


def frame(start):
    part = [a * b for a, b in zip(y[start:start + size], window)]
    power = []
    for k in range(1 + size // 2):
        re = sum(v * cosine[k * n % size][0] for n, v in enumerate(part))
        im = sum(v * cosine[k * n % size][1] for n, v in enumerate(part))
        power.append(re * re + im * im)
    mel = [sum(w * p for w, p in zip(row, power)) for row in filters]
    loudness = min(m / sum(row) / sum(w * w for w in hann) for m, row in zip(mel, filters))
    assert loudness > 10 * spec["powerFloor"], "our floor must not be reached, or the two differ by more than a constant"
    return dct([10 * math.log10(m) for m in mel])


frames = [frame(start) for start in range(0, len(y) - size + 1, hop)]
offset = dct([10 * math.log10(sum(row) * sum(w * w for w in hann)) for row in filters])
json.dump({"pcm": pcm, "librosa": [[round(v, 4) for v in c] for c in frames], "offset": [round(v, 5) for v in offset]},
          open("librosa-mfcc.json", "w"), separators=(",", ":"))
