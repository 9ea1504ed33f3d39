"""The captioned latents that the denoiser is trained on: every drawing, its mirror image, and composed scenes, encoded once."""

import hashlib
import json
import random

import numpy as np
import torch

from networks import LATENT_CHANNELS
from pictures import WHITE, Pictures
from scenes import COMMON, Scenes, style_words_of

COMMON_WEIGHT = 4
# Many drawings of little difference: people by skin and hair, flags, and clip art whose titles say little.
GROUP_WEIGHTS = {"People & Body": 0.4, "Symbols": 0.5}
STYLE_WEIGHTS = {"flags": 0.3, "clip-art": 0.3}
MIRRORED = 0.3  # share of mirror images among drawings: the two views of a thing average into a blur while the network is young
WITH_STYLE = 0.3  # share of captions that name the style; without it any style is right, so that another seed gives another drawing
CHUNK = 64


class CaptionedLatents:
    """Item i is drawing i, then the mirror images, then the scenes. `latents.f16` grows by chunks, so that encoding may be interrupted."""

    def __init__(self, folders, size, state, scene_count, scene_share, autoencoder):
        pictures = Pictures(folders, size)
        self.rows = pictures.where(lambda e: e["split"] == "train")
        entries = [pictures.entries[row] for row in self.rows.tolist()]
        styles = {e["style"] for e in entries if style_words_of(e["captions"])} - {"flags"}
        scenes = Scenes(pictures, styles)
        scene_at = lambda i: scenes.scene(random.Random(i))

        def encoded(start):
            drawn = []
            for item in range(start, min(start + CHUNK, total)):
                if item < 2 * len(entries):
                    picture = pictures.composed(self.rows[item % len(entries)][None], WHITE)[0]
                    drawn.append(picture if item < len(entries) else picture.flip(-1))
                else:
                    drawn.append(scenes.draw(scene_at(item - 2 * len(entries))))
            return torch.cat([autoencoder.encode(part).latent_dist.mode() for part in torch.stack(drawn).split(8)])

        require_same(state / "latents.sha256", entries, size, autoencoder)
        total, shape = 2 * len(entries) + scene_count, (LATENT_CHANNELS[size], 8, 8)
        file, bytes_each = state / "latents.f16", 2 * int(np.prod(shape))
        with open(file, "ab") as target, torch.no_grad():
            done = target.tell() // bytes_each
            target.truncate(done * bytes_each)
            while done < total:
                part = encoded(done)
                target.write(part.half().numpy().tobytes())
                target.flush()
                done += len(part)
                if done // CHUNK % 20 == 0:
                    print(f"{done} of {total} latents", flush=True)
        self.latents = torch.from_numpy(np.fromfile(file, np.float16, total * int(np.prod(shape)))).view(total, *shape)
        drawings = self.latents[: len(entries)].float()
        self.mean, self.deviation = drawings.mean((0, 2, 3)), drawings.std((0, 2, 3))

        singles = torch.tensor([weight_of(e) for e in entries])
        singles = (1 - scene_share) * singles / singles.sum()
        self.weights = torch.cat([singles * (1 - MIRRORED), singles * MIRRORED, torch.full((scene_count,), scene_share / max(1, scene_count))])
        self.captions = [captions_of(e) for e in entries] * 2 + [([], scene_at(i).captions) for i in range(scene_count)]

    def batch(self, count):
        """-> latents of zero mean and unit variance, [count, channels, 8, 8], and a caption for each."""
        items = torch.multinomial(self.weights, count, replacement=True)
        clean = (self.latents[items].float() - self.mean[:, None, None]) / self.deviation[:, None, None]
        return clean, [self.caption(item) for item in items.tolist()]

    def caption(self, item):
        styled, plain = self.captions[item]
        return random.choice(styled if styled and random.random() < WITH_STYLE else plain).lower()


def require_same(file, entries, size, autoencoder):
    """Latents begun with other drawings or another autoencoder are not continued; more scenes may be added to them."""
    digest = hashlib.sha256(json.dumps([size, entries]).encode())
    for value in autoencoder.state_dict().values():
        digest.update(value.numpy().tobytes())
    if file.exists() and file.read_text() != digest.hexdigest():
        raise SystemExit(f"{file.parent} holds latents of other drawings or of another autoencoder: remove latents.* there, or name another folder.")
    file.write_text(digest.hexdigest())


def weight_of(entry):
    common = COMMON_WEIGHT if entry["captions"][0] in COMMON else 1
    return common * GROUP_WEIGHTS.get(entry["group"], 1) * STYLE_WEIGHTS.get(entry["style"], 1)


def captions_of(entry):
    """-> captions that name the style, and those that do not; the plain names stand first and are drawn twice as often as keywords."""
    words = style_words_of(entry["captions"])
    styled = [caption for caption in entry["captions"] if words and caption.endswith(words)]
    plain = [caption for caption in entry["captions"] if caption not in styled]
    return styled, plain[:3] + plain
