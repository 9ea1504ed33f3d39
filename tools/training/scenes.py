"""Composes drawings into captioned scenes whose truth is exact: two things and their places, counts, sizes, hats, coloured grounds.

Half of the grounds are white. Both things of a scene are drawn in one style. One pair of things in twenty is never shown together.
"""

import hashlib
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

COMMON = set((Path(__file__).parent / "common_nouns.txt").read_text().replace("\n", ", ").split(", "))
COMMON_WEIGHT = 4
SCENE_GROUPS = {"Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities"}
HATS = {"top hat": "hat", "woman's hat": "hat", "crown": "crown", "billed cap": "cap", "graduation cap": "hat", "rescue worker's helmet": "helmet"}
# Faces alone are drawn from the front, so a hat has its place on top of them.
HEADS = set("dog|cat|bear|panda|fox|wolf|lion|tiger|monkey|horse|cow|pig|mouse|rabbit|hamster|frog|koala|unicorn|chicken".split("|"))
COLOURS = {
    "red": (0.86, 0.2, 0.2), "orange": (0.96, 0.6, 0.2), "yellow": (0.98, 0.87, 0.35), "green": (0.35, 0.7, 0.35), "blue": (0.25, 0.5, 0.88),
    "light blue": (0.65, 0.84, 0.97), "purple": (0.58, 0.36, 0.78), "pink": (0.97, 0.68, 0.79), "brown": (0.55, 0.37, 0.24),
    "grey": (0.6, 0.6, 0.6), "black": (0.08, 0.08, 0.1),
}  # fmt: skip
NUMBERS = {2: "two", 3: "three", 4: "four"}
IRREGULAR = {"mouse": "mice", "sheep": "sheep", "fish": "fish", "leaf": "leaves", "knife": "knives", "wolf": "wolves", "foot": "feet", "tooth": "teeth"}
WITHOUT_PLURAL = re.compile(r"\b(of|with|and|in|on|at)\b|s$|[^a-z' -]")


def with_article(noun):
    return f"{'an' if re.match(r'[aeiou](?!ni[cf])', noun) else 'a'} {noun}"


def plural_of(noun):
    """None where adding an ending would not do."""
    *others, last = noun.split(" ")
    if WITHOUT_PLURAL.search(noun):
        return None
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif re.search(r"(sh|ch|x|o)$", last):
        last += "es"
    else:
        last = last[:-1] + "ies" if re.search(r"[^aeiou]y$", last) else last + "s"
    return " ".join([*others, last])


def is_held_out_pair(one, other):
    """The same whichever is named first, and for ever: it depends on the two names alone."""
    digest = hashlib.sha256("|".join(sorted((one, other))).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < 0.05


@dataclass
class Part:
    row: int
    left: float
    top: float
    width: float
    height: float
    mirrored: bool


@dataclass
class Scene:
    parts: list  # from back to front
    ground: tuple  # red, green and blue, 0..1
    captions: list  # wordings of the same truth


class Scenes:
    """Draws scenes by lot from the training pictures in `styles`; the same for the same random source."""

    def __init__(self, pictures, styles, split="train"):
        self.pictures, self.size = pictures, pictures.size
        self.boxes, self.words, by_style = {}, {}, defaultdict(dict)
        for row, entry in enumerate(pictures.entries):
            if entry["split"] == split and entry["style"] in styles and entry["group"] in SCENE_GROUPS:
                by_style[entry["style"]][entry["captions"][0]] = row
                self.words.setdefault(entry["style"], style_words_of(entry["captions"]))
        self.rows = by_style
        self.styles = sorted(by_style)
        self.nouns = {style: sorted(rows) for style, rows in by_style.items()}
        self.weights = {style: [COMMON_WEIGHT if noun in COMMON else 1 for noun in nouns] for style, nouns in self.nouns.items()}

    def box(self, row):
        """-> left, top, right, bottom of what is not clear, in pixels."""
        if row not in self.boxes:
            filled = self.pictures.pixels(row)[..., 3] > 24
            columns, lines = np.flatnonzero(filled.any(0)), np.flatnonzero(filled.any(1))
            self.boxes[row] = (columns[0], lines[0], columns[-1] + 1, lines[-1] + 1) if len(lines) else (0, 0, self.size, self.size)
        return self.boxes[row]

    def part(self, lot, row, extent, x, bottom=None, middle=None, mirrored=None):
        """A drawing whose longer side takes `extent` of the picture, at x and a bottom or middle in 0..1."""
        left, top, right, lower = self.box(row)
        scale = extent * self.size / max(right - left, lower - top)
        width, height = (right - left) * scale, (lower - top) * scale
        upper = bottom * self.size - height if bottom is not None else middle * self.size - height / 2
        return Part(row, x * self.size - width / 2, upper, width, height, lot.random() < 0.3 if mirrored is None else mirrored)

    def pair(self, lot, style):
        while True:
            one, other = lot.choices(self.nouns[style], self.weights[style], k=2)
            if one != other and not is_held_out_pair(one, other):
                return one, other

    def scene(self, lot):
        style = lot.choice(self.styles)
        kind = lot.choices(["two", "count", "alone", "hat"], [60, 15, 15, 10])[0]
        parts, captions = getattr(self, f"{kind}_of")(lot, style)
        if parts is None:
            parts, captions = self.two_of(lot, style)
        outside = max(0, -min(part.top for part in parts))
        for part in parts:
            part.top += outside
        ground = (1.0, 1.0, 1.0)
        if lot.random() < 0.5:
            colour = lot.choice(sorted(COLOURS))
            ground = tuple(min(1, max(0, value + lot.uniform(-0.05, 0.05))) for value in COLOURS[colour])
            captions = captions + [f"{caption} on {with_article(colour)} background" for caption in captions]
        if lot.random() < 0.3:
            captions = [f"{caption}, {self.words[style]}" for caption in captions]
        return Scene(parts, ground, captions)

    def two_of(self, lot, style):
        one, other = self.pair(lot, style)
        first, second = self.rows[style][one], self.rows[style][other]
        a, b = with_article(one), with_article(other)
        place = lot.choice(["beside", "beside", "above", "on", "front", "sizes"])
        near = lambda middle, spread: lot.uniform(middle - spread, middle + spread)
        if place == "beside":
            bottom = near(0.75, 0.08)
            parts = [self.part(lot, first, near(0.44, 0.05), near(0.26, 0.02), bottom), self.part(lot, second, near(0.44, 0.05), near(0.74, 0.02), bottom)]
            return parts, [f"{a} and {b}", f"{a} next to {b}", f"{a} beside {b}", f"{a} to the left of {b}", f"{b} to the right of {a}", f"{a} with {b}"]
        if place == "above":
            parts = [self.part(lot, first, near(0.42, 0.04), near(0.5, 0.08), middle=0.26), self.part(lot, second, near(0.42, 0.04), near(0.5, 0.08), middle=0.75)]
            return parts, [f"{a} above {b}", f"{a} over {b}", f"{b} below {a}", f"{b} under {a}", f"{a} and {b}"]
        if place == "on":
            base = self.part(lot, second, near(0.72, 0.06), 0.5, bottom=0.96)
            overlap = (base.top + 0.3 * base.height) / self.size
            return [base, self.part(lot, first, near(0.42, 0.05), near(0.5, 0.06), bottom=overlap)], [f"{a} on {b}", f"{a} on top of {b}", f"{b} with {a} on it"]
        if place == "front":
            parts = [self.part(lot, second, near(0.78, 0.05), near(0.5, 0.06), middle=0.44), self.part(lot, first, near(0.42, 0.04), near(0.5, 0.22), bottom=0.97)]
            return parts, [f"{a} in front of {b}", f"{b} behind {a}", f"{a} and {b}"]
        parts = [self.part(lot, first, near(0.6, 0.03), 0.34, 0.85), self.part(lot, second, near(0.25, 0.03), 0.82, 0.85)]
        if lot.random() < 0.5:
            for part in parts:
                part.left = self.size - part.left - part.width
        return parts, [f"a big {one} and a small {other}", f"a small {other} next to a big {one}", f"a large {one} and a little {other}"]

    def count_of(self, lot, style):
        noun = lot.choices(self.nouns[style], self.weights[style])[0]
        many = plural_of(noun)
        if many is None:
            return None, None
        count, row, mirrored = lot.choice([2, 3, 4]), self.rows[style][noun], lot.random() < 0.3
        places = {
            2: [[(0.27, 0.5), (0.73, 0.5)]],
            3: [[(0.5, 0.27), (0.27, 0.73), (0.73, 0.73)], [(0.18, 0.5), (0.5, 0.5), (0.82, 0.5)]],
            4: [[(0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)]],
        }
        chosen = lot.choice(places[count])
        extent = 0.28 if chosen[0][0] < 0.2 else lot.uniform(0.36, 0.44)
        parts = [self.part(lot, row, extent, x, middle=y, mirrored=mirrored) for x, y in chosen]
        return parts, [f"{NUMBERS[count]} {many}", f"a picture of {NUMBERS[count]} {many}", f"{count} {many}"]

    def alone_of(self, lot, style):
        noun = lot.choices(self.nouns[style], self.weights[style])[0]
        extent = lot.choice([0.3, 0.4, 0.55, 0.7, 0.85])
        room = 0.48 - extent / 2
        part = self.part(lot, self.rows[style][noun], extent, 0.5 + lot.uniform(-room, room), middle=0.5 + lot.uniform(-room, room))
        return [part], [with_article(noun), noun] + ([f"a small {noun}", f"a little {noun}"] if extent <= 0.4 else [])

    def hat_of(self, lot, style):
        rows = self.rows[style]
        heads = [noun for noun in self.nouns[style] if noun in HEADS]
        hats = [noun for noun in self.nouns[style] if noun in HATS]
        pairs = [(head, hat) for head in heads for hat in hats if not is_held_out_pair(head, hat)]
        if not pairs:
            return None, None
        head, hat = lot.choice(pairs)
        face = self.part(lot, rows[head], lot.uniform(0.58, 0.66), 0.5, bottom=0.97, mirrored=False)
        left, top, right, lower = self.box(rows[hat])
        width = 0.62 * face.width
        extent = width / self.size * max(right - left, lower - top) / (right - left)
        worn = self.part(lot, rows[hat], extent, 0.5, bottom=(face.top + 0.22 * face.height) / self.size, mirrored=False)
        a, plain = with_article(head), HATS[hat]
        return [face, worn], [f"{a} wearing {with_article(hat)}", f"{a} with {with_article(hat)}", f"{a} in {with_article(hat)}", f"{a} wearing {with_article(plain)}"]

    def draw(self, scene):
        """-> [3, size, size] in -1..1."""
        size = self.size
        canvas = torch.tensor(scene.ground).view(3, 1, 1).expand(3, size, size).clone()
        for part in scene.parts:
            left, top, right, lower = self.box(part.row)
            pixels = torch.from_numpy(self.pictures.pixels(part.row)[top:lower, left:right].copy()).permute(2, 0, 1).float() / 255
            width, height = max(1, round(part.width)), max(1, round(part.height))
            pixels = F.interpolate(pixels[None], (height, width), mode="bilinear", antialias=True, align_corners=False)[0].clamp(0, 1)
            if part.mirrored:
                pixels = pixels.flip(-1)
            x, y = round(part.left), round(part.top)
            x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, size), min(y + height, size)
            if x0 < x1 and y0 < y1:
                shown = pixels[:, y0 - y : y1 - y, x0 - x : x1 - x]
                canvas[:, y0:y1, x0:x1] = shown[:3] + (1 - shown[3:]) * canvas[:, y0:y1, x0:x1]
        return canvas * 2 - 1


def style_words_of(captions):
    """ "noto style" of "a dog, noto style"."""
    return next((found[1] for found in (re.search(r", (\w+ style)$", caption) for caption in captions) if found), "")


def preview(folders, size, path, count=40):
    """A sheet of scenes and their captions, to look at."""
    from pictures import Pictures, sheet

    pictures = Pictures(folders, size)
    scenes, lot = Scenes(pictures, {entry["style"] for entry in pictures.entries if style_words_of(entry["captions"])}), random.Random(1)
    shown = [scenes.scene(lot) for _ in range(count)]
    sheet(torch.stack([scenes.draw(scene) for scene in shown]), 8, path)
    for scene in shown:
        print(" | ".join(scene.captions[:3]))


if __name__ == "__main__":
    import sys

    preview(sys.argv[3:], int(sys.argv[2]), sys.argv[1])
