"""Pictures that move by one of twelve motion words."""

import math
import random

import torch
import torch.nn.functional as F

FRAMES = 16
MOTIONS = (
    "moving left", "moving right", "moving up", "moving down", "growing", "shrinking",
    "spinning", "bouncing", "swinging", "fading", "trembling", "still",
)  # fmt: skip


def place(word, t, shift, turn):
    """Where the picture is at t from 0 to 1: -> x and y in widths of the page, scale, angle in radians, opacity."""
    along = shift * (2 * t - 1)
    sines = {1: math.sin(2 * math.pi * t), 2: math.sin(4 * math.pi * t)}
    return {
        "moving left": (-along, 0, 0.6, 0, 1),
        "moving right": (along, 0, 0.6, 0, 1),
        "moving up": (0, -along, 0.6, 0, 1),
        "moving down": (0, along, 0.6, 0, 1),
        "growing": (0, 0, 0.35 + 0.6 * t, 0, 1),
        "shrinking": (0, 0, 0.95 - 0.6 * t, 0, 1),
        "spinning": (0, 0, 0.7, 2 * math.pi * t * turn, 1),
        "bouncing": (0, 0.2 - 0.4 * abs(sines[1]), 0.55, 0, 1),
        "swinging": (0, 0, 0.75, 0.6 * sines[1] * turn, 1),
        "fading": (0, 0, 0.8, 0, 1 - t),
        "trembling": (0.04 * math.sin(34 * math.pi * t), 0.03 * math.sin(46 * math.pi * t + 1), 0.75, 0, 1),
        "still": (0, 0, 0.8, 0, 1),
    }[word]


def moved(rgba, word, size, frames=FRAMES):
    """A picture of colours multiplied by alpha, [4, 2 * size, 2 * size] -> a clip on white, [frames, 3, size, size], 0 to 1."""
    small = F.avg_pool2d(rgba[None], 2)
    shift, turn = random.uniform(0.15, 0.25), random.choice((-1, 1))
    thetas, opacities = [], []
    for k in range(frames):
        x, y, scale, angle, opacity = place(word, k / (frames - 1), shift, turn)
        c, s = math.cos(angle) / scale, math.sin(angle) / scale
        thetas.append([[c, s, -2 * (c * x + s * y)], [-s, c, -2 * (-s * x + c * y)]])
        opacities.append(opacity)
    grid = F.affine_grid(torch.tensor(thetas), (frames, 4, size, size), align_corners=False)
    seen = F.grid_sample(small.expand(frames, -1, -1, -1), grid, padding_mode="zeros", align_corners=False)
    seen = seen * torch.tensor(opacities)[:, None, None, None]
    return seen[:, :3] + (1 - seen[:, 3:])
