"""Trains the bundled discriminator: real pictures against weakly generated ones (`generate_weak.py`), right texts against wrong ones.

The trunk is the score tower's and stays as it is; the two heads judge its patches (packages/nodes/src/architectures/discriminator.ts).
python train_discriminator.py --data <folder of pictures.rgba> --text <npm package folder> --tower <folder> --state <folder> --minutes 8 --to <folder>
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from mobilenet import GROUPS, STEM, Trunk
from pictures import WHITE, Pictures
from sentence_encoder import SentenceEncoder
from train_score_tower import SIZE, THINGS, enlarged, varied

WIDTH, REALISM_GROUP = 128, 5


class Heads(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.realism = torch.nn.ModuleDict({"hidden": torch.nn.Conv2d(96, WIDTH, 1), "out": torch.nn.Linear(WIDTH, 1)})
        self.match = torch.nn.ModuleDict({"hidden": torch.nn.Conv2d(320, WIDTH, 1), "text": torch.nn.Linear(512, WIDTH)})
        self.match.register_parameter("bias", torch.nn.Parameter(torch.zeros(1)))

    def judge_realism(self, texture):
        return self.realism["out"](F.leaky_relu(self.realism["hidden"](texture), 0.2).flatten(2).mean(2))[:, 0]

    def judge_match(self, content, text):
        """[pictures, texts]"""
        return F.leaky_relu(self.match["hidden"](content), 0.2).flatten(2).mean(2) @ self.match["text"](text).T + self.match.bias


def auc(positive, negative):
    """Chance that a positive scores above a negative."""
    return (positive[:, None] > negative[None]).float().mean().item() + 0.5 * (positive[:, None] == negative[None]).float().mean().item()


@torch.no_grad()
def seen(trunk, batches):
    found = [trunk(batch) for batch in batches]
    return torch.cat([f[REALISM_GROUP - 1] for f in found]).half(), torch.cat([f[-1] for f in found]).half()


def weak_batches(weak, part):
    for rows in part.split(32):
        x = weak[rows].float() / 127.5 - 1
        x = torch.where(torch.rand(len(rows), 1, 1, 1) < 0.5, x, x.flip(-1))
        yield enlarged((x * (0.9 + 0.2 * torch.rand(len(rows), 1, 1, 1))).clamp(-1, 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--tower", required=True, type=Path)
    parser.add_argument("--state", required=True, type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--to", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(2)
    random.seed(2)

    pictures, encoder = Pictures(options.data), SentenceEncoder(options.text)
    tower = load_file(options.tower / "model.safetensors")
    trunk = Trunk().to(memory_format=torch.channels_last).eval()
    trunk.load_state_dict({name: value.float() for name, value in tower.items() if name.startswith(("stem", "blocks"))})
    chosen = [i for i, e in enumerate(pictures.entries) if e["group"] in THINGS]
    real = torch.tensor([i for i in chosen if pictures.entries[i]["split"] == "train"])
    held = {split: torch.tensor([i for i in chosen if pictures.entries[i]["split"] == split]) for split in ("held-out-style", "held-out-concept")}
    weak, weak_rows = torch.load(options.state / "weak.pt")
    order = torch.randperm(len(weak), generator=torch.Generator().manual_seed(0))
    weak_train, weak_test = order[: len(weak) * 4 // 5], order[len(weak) * 4 // 5 :]

    whole = lambda rows: (enlarged(pictures.composed(part, WHITE)) for part in rows.split(32))
    # Mild variants only: what turns and noise do to pixels must not be what tells pictures apart.
    mild = lambda rows: (enlarged((x if i % 2 else x.flip(-1)) * (0.9 + 0.2 * torch.rand(len(x), 1, 1, 1))) for i, x in enumerate(pictures.composed(part, WHITE) for part in rows.split(32)))
    real_seen = [seen(trunk, whole(real)), seen(trunk, (x.clamp(-1, 1) for x in mild(real)))]
    # Variants with turns and colours serve the match alone.
    match_seen = [real_seen[0][1], seen(trunk, (varied(pictures, part) for part in real.split(32)))[1]]
    weak_seen = seen(trunk, weak_batches(weak, weak_train))
    test_real = {split: seen(trunk, whole(rows[torch.randperm(len(rows))[:300]])) for split, rows in held.items()}
    test_weak = seen(trunk, weak_batches(weak, weak_test))
    print("prepared", len(real), "real,", len(weak_train), "weak", flush=True)

    concepts = sorted({pictures.entries[i]["concept"] for i in real.tolist()})
    number = {concept: i for i, concept in enumerate(concepts)}
    of_row = {pictures.entries[i]["concept"]: pictures.entries[i]["captions"] for i in real.tolist()}
    captions = [encoder.encode(of_row[concept]) [1] for concept in concepts]
    label = torch.tensor([number[pictures.entries[i]["concept"]] for i in real.tolist()])
    heads = Heads()
    optimizer = torch.optim.AdamW(heads.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0.05)

    tests = {}
    for split, rows in held.items():
        named = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))[:200]]
        texts = encoder.encode([pictures.entries[i]["captions"][0] for i in named.tolist()])[1]
        tests[split] = (seen(trunk, whole(named))[1].float(), texts, [pictures.entries[i]["concept"] for i in named.tolist()])

    @torch.no_grad()
    def scores():
        found = {}
        generated = heads.judge_realism(test_weak[0].float())
        for split, (texture, _) in test_real.items():
            found[f"realism, {split}"] = round(auc(heads.judge_realism(texture.float()), generated), 3)
        for split, (content, texts, names) in tests.items():
            table = heads.judge_match(content, texts)
            wrong = torch.tensor([[a != b for b in names] for a in names])
            found[f"match, {split}"] = round(auc(table.diagonal(), table[wrong][torch.randperm(int(wrong.sum()))[:4000]]), 3)
        return found

    started, step, last = time.time(), 0, time.time()
    while (progress := (time.time() - started) / (options.minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (1 - 0.99 * progress)
        rows, fakes = torch.randint(0, len(real), (128,)), torch.randint(0, len(weak_train), (128,))
        variant = random.choice(real_seen)
        logits = torch.cat([heads.judge_realism(variant[0][rows].float()), heads.judge_realism(weak_seen[0][fakes].float())])
        loss = F.binary_cross_entropy_with_logits(logits, torch.cat([torch.full((128,), 0.95), torch.full((128,), 0.05)]))
        names = label[rows]
        texts = torch.stack([captions[c][random.randrange(len(captions[c]))] for c in names.tolist()])
        table = heads.judge_match(random.choice(match_seen)[rows].float(), texts)
        right = (names[:, None] == names[None]).float()
        # One right text against 127 wrong ones would drown it, so both count alike.
        each = F.binary_cross_entropy_with_logits(table, right * 0.95 + (1 - right) * 0.02, reduction="none")
        loss = loss + (each * right).sum() / right.sum() + (each * (1 - right)).sum() / (1 - right).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if time.time() - last > 60:
            last = time.time()
            print(f"{time.time() - started:.0f} s step {step} loss {loss.item():.3f} {scores()}", flush=True)
    found = scores()
    print(step, found)
    options.to.mkdir(parents=True, exist_ok=True)
    weights = {**trunk.state_dict(), **heads.state_dict()}
    about = {"format": "pt", "text_tower": "universal-sentence-encoder-lite", "scores": json.dumps({"steps": step, "auc": found})}
    save_file({name: value.half().contiguous() for name, value in weights.items()}, options.to / "model.safetensors", metadata=about)
    config = {
        "_class_name": "Discriminator", "text_tower": "universal-sentence-encoder-lite", "image_size": SIZE, "block": "inverted-residual", "stem_channels": STEM,
        "channels": [g[1] for g in GROUPS], "expansions": [g[0] for g in GROUPS], "repeats": [g[2] for g in GROUPS], "strides": [g[3] for g in GROUPS],
        "realism_group": REALISM_GROUP, "text_size": 512, "width": WIDTH,
    }
    (options.to / "config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
