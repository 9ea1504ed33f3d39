"""Glow (Kingma and Dhariwal 2018) as packages/nodes/src/architectures/glow has it: the same names, shapes and formulas."""

import math

import torch
from torch import nn


class Step(nn.Module):
    """Actnorm, a 1 x 1 convolution in its LU form, and an affine coupling: one step of the flow, from a picture towards its latents."""

    def __init__(self, channels, width):
        super().__init__()
        self.norm = nn.ParameterDict({"shift": torch.zeros(channels), "log_scale": torch.zeros(channels)})
        rotation = torch.linalg.qr(torch.randn(channels, channels))[0]
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.mix = nn.ParameterDict({"lower": lower.tril(-1), "upper": upper.triu(1), "log_diagonal": diagonal.abs().log()})
        self.register_buffer("mix_sign", diagonal.sign())
        self.register_buffer("mix_permutation", permutation)
        half = channels // 2
        self.coupling = nn.Sequential(
            nn.Conv2d(half, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU(), nn.Conv2d(width, channels, 3, padding=1)
        )
        nn.init.zeros_(self.coupling[4].weight)
        nn.init.zeros_(self.coupling[4].bias)

    def matrix(self):
        eye = torch.eye(len(self.mix_sign))
        upper = self.mix["upper"].triu(1) + torch.diag(self.mix_sign * self.mix["log_diagonal"].exp())
        return self.mix_permutation @ (self.mix["lower"].tril(-1) + eye) @ upper

    def shift_and_scale(self, kept):
        shift, raw = self.coupling(kept).chunk(2, 1)
        return shift, raw + 2

    @torch.no_grad()
    def fit_norm(self, x):
        """The first batch leaves the normalisation with mean 0 and deviation 1 for each channel."""
        self.norm["shift"].copy_(x.mean((0, 2, 3)))
        self.norm["log_scale"].copy_((x.std((0, 2, 3)) + 1e-6).log())

    def encode(self, x):
        shift, log_scale = (self.norm[name][:, None, None] for name in ("shift", "log_scale"))
        x = (x - shift) * (-log_scale).exp()
        x = nn.functional.conv2d(x, self.matrix()[:, :, None, None])
        places = x.shape[2] * x.shape[3]
        log_det = places * (self.mix["log_diagonal"].sum() - self.norm["log_scale"].sum())
        kept, moved = x.chunk(2, 1)
        shift, raw = self.shift_and_scale(kept)
        moved = (moved - shift) * raw.sigmoid()
        return torch.cat([kept, moved], 1), log_det + nn.functional.logsigmoid(raw).sum((1, 2, 3))

    def decode(self, z):
        kept, moved = z.chunk(2, 1)
        shift, raw = self.shift_and_scale(kept)
        x = torch.cat([kept, moved / raw.sigmoid() + shift], 1)
        x = nn.functional.conv2d(x, torch.linalg.inv(self.matrix().double()).float()[:, :, None, None])
        return x * self.norm["log_scale"].exp()[:, None, None] + self.norm["shift"][:, None, None]


def squeeze(x):
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4).reshape(n, 4 * c, h // 2, w // 2)


def unsqueeze(x):
    n, c, h, w = x.shape
    return x.view(n, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, c // 4, 2 * h, 2 * w)


class Glow(nn.Module):
    """Pictures [n, 3, size, size] in -0.5..0.5 <-> latents, one tensor a level, each of deviation 1."""

    def __init__(self, channels=3, levels=3, steps=12, width=128):
        super().__init__()
        self.levels = nn.ModuleList()
        for level in range(levels):
            channels *= 4
            parts = nn.ModuleDict({"steps": nn.ModuleList([Step(channels, width) for _ in range(steps)])})
            if level < levels - 1:
                channels //= 2
                parts["prior"] = nn.Conv2d(channels, 2 * channels, 3, padding=1)
                nn.init.zeros_(parts["prior"].weight)
                nn.init.zeros_(parts["prior"].bias)
            self.levels.append(parts)

    def encode(self, x, fit=False):
        """-> latents of each level, and the log determinant of the Jacobian [n]."""
        latents, log_det = [], torch.zeros(len(x))
        for parts in self.levels:
            x = squeeze(x)
            for step in parts["steps"]:
                if fit:
                    step.fit_norm(x)
                x, more = step.encode(x)
                log_det = log_det + more
            if "prior" in parts:
                x, out = x.chunk(2, 1)
                mean, log_scale = parts["prior"](x).chunk(2, 1)
                latents.append((out - mean) * (-log_scale).exp())
                log_det = log_det - log_scale.sum((1, 2, 3))
        return [*latents, x], log_det

    def decode(self, latents):
        x = latents[-1]
        for level in reversed(range(len(self.levels))):
            parts = self.levels[level]
            if "prior" in parts:
                mean, log_scale = parts["prior"](x).chunk(2, 1)
                x = torch.cat([x, latents[level] * log_scale.exp() + mean], 1)
            for step in reversed(parts["steps"]):
                x = step.decode(x)
            x = unsqueeze(x)
        return x

    def bits(self, pixels, fit=False):
        """-> bits per dimension [n] of 8-bit pixels [n, 3, size, size], by one draw of the noise that makes them continuous."""
        x = (pixels + torch.rand(pixels.shape)) / 256 - 0.5
        latents, log_det = self.encode(x, fit)
        squares = sum(z.square().sum((1, 2, 3)) for z in latents)
        dimensions = pixels[0].numel()
        log_density = log_det - 0.5 * squares - 0.5 * dimensions * math.log(2 * math.pi)
        return 8 - log_density / (dimensions * math.log(2))
