"""Records what numpy, scipy and scikit-image give for the scores of packages/nodes/src/metrics.

python tests/reference/metrics.py    writes tests/reference/vectors/metrics.json
"""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.linalg
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

rng = np.random.default_rng(5)


def rounded(array, digits=5):
    return np.round(array, digits)


WIDTH = 6
mix = rng.normal(size=(WIDTH, WIDTH))
a = rounded(rng.normal(size=(30, WIDTH)) @ mix + 2)
b = rounded(rng.normal(size=(25, WIDTH)) * 1.3 + 1)
few = a[:4]  # fewer vectors than features: a singular covariance


def frechet(x, y):
    m1, m2, c1, c2 = x.mean(0), y.mean(0), np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2)
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * np.real(root)))


def discrepancy(x, y):
    kernel = lambda u, v: (u @ v.T / u.shape[1] + 1) ** 3
    n = len(x)
    kxx, kyy, kxy = kernel(x, x), kernel(y, y), kernel(x, y)
    within = (kxx.sum() - np.trace(kxx) + kyy.sum() - np.trace(kyy)) / (n * (n - 1))
    return float(within - 2 * kxy.mean())


def inception(p, splits):
    scores = []
    for part in range(splits):
        rows = p[part * len(p) // splits : (part + 1) * len(p) // splits]
        marginal = rows.mean(0, keepdims=True)
        scores.append(np.exp((rows * (np.log(rows) - np.log(marginal))).sum(1).mean()))
    return [float(np.mean(scores)), float(np.std(scores))]


def manifold(real, generated, k):
    distance = lambda u, v: np.linalg.norm(u[:, None] - v[None], axis=-1)
    radius = lambda u: np.sort(distance(u, u), axis=1)[:, k]
    precision = (distance(generated, real) <= radius(real)[None]).any(1).mean()
    recall = (distance(real, generated) <= radius(generated)[None]).any(1).mean()
    return [float(precision), float(recall)]


logits = rng.normal(size=(20, 5)) * 2
probabilities = rounded(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 6)
picture = rounded(rng.random((2, 14, 17)), 4)
other = rounded(np.clip(picture + rng.normal(size=picture.shape) * 0.1, 0, 1), 4)
record = {
    "made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "skimage": skimage.__version__, "seed": 5},
    "a": a.tolist(),
    "b": b.tolist(),
    "frechet": frechet(a, b),
    "frechet_singular": frechet(few, b),
    "squared_discrepancy": discrepancy(a[:25], b),
    "probabilities": probabilities.tolist(),
    "inception_score": inception(probabilities, 3),
    "precision_recall": manifold(a, b, 3),
    "picture": picture.tolist(),
    "other": other.tolist(),
    "psnr": float(peak_signal_noise_ratio(picture, other, data_range=1)),
    "ssim": float(structural_similarity(picture, other, data_range=1, channel_axis=0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)),
}
(Path(__file__).parent / "vectors" / "metrics.json").write_text(json.dumps(record) + "\n")
