"""The network of patchbay-style and the trunk that reads styles, under the names of packages/nodes/src/architectures/style-network."""

import json

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from mobilenet import Trunk

CHANNELS = (24, 48, 96, 128)
# Ends of the trunk's groups whose statistics are a style code: 16 channels at half of the size, 24 at a quarter, 32 at an eighth.
CODE_GROUPS = (0, 1, 2)
CODE, STYLE = 2 * (16 + 24 + 32), 128


def frozen_trunk(towers):
    """-> the trunk of the bundled towers, which nothing trains."""
    trunk = Trunk()
    weights = {name: value.float() for name, value in load_file(f"{towers}/model.safetensors").items()}
    trunk.load_state_dict(weights, strict=False)
    return trunk.requires_grad_(False).eval()


def levels(trunk, pictures, groups=CODE_GROUPS):
    """-> outputs of the trunk's first groups for [n, 3, height, width] in -1..1."""
    return trunk(pictures, 0, trunk.ends[max(groups)])


def statistics(outputs):
    """-> [n, 144]: means, then deviations of the channels of each level, level by level (Huang and Belongie 2017)."""
    parts = []
    for output in outputs:
        flat = output.flatten(2)
        parts += [flat.mean(2), (flat.var(2, unbiased=False) + 1e-5).sqrt()]
    return torch.cat(parts, 1)


class Adaptive(torch.nn.Module):
    """Instance normalisation with scale and shift from the style (Huang and Belongie 2017), then SiLU."""

    def __init__(self, channels):
        super().__init__()
        self.affine = torch.nn.Linear(STYLE, 2 * channels)

    def forward(self, x, style):
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, 1)
        return F.silu(F.instance_norm(x) * (1 + scale) + shift)


class Block(torch.nn.Module):
    """x + conv2(adain2(conv1(adain1(x)))); where the width changes, x passes a 1x1 convolution."""

    def __init__(self, inside, out):
        super().__init__()
        self.adain1, self.adain2 = Adaptive(inside), Adaptive(out)
        self.conv1 = torch.nn.Conv2d(inside, out, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(out, out, 3, padding=1)
        if inside != out:
            self.shortcut = torch.nn.Conv2d(inside, out, 1)

    def forward(self, x, style):
        y = self.conv2(self.adain2(self.conv1(self.adain1(x, style)), style))
        return y + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class StyleNetwork(torch.nn.Module):
    """A picture in -1..1 and a style code -> the picture in that style; its last convolution starts at zero, so that it begins as the identity."""

    def __init__(self):
        super().__init__()
        self.register_buffer("code_mean", torch.zeros(CODE))
        self.register_buffer("code_deviation", torch.ones(CODE))
        self.mapping = torch.nn.ModuleList([torch.nn.Linear(CODE, STYLE), torch.nn.Linear(STYLE, STYLE)])
        c0, c1, c2, c3 = CHANNELS
        conv = torch.nn.Conv2d
        self.conv_in = conv(3, c0, 3, padding=1)
        self.down = torch.nn.ModuleList([conv(a, b, 3, 2, 1) for a, b in ((c0, c1), (c1, c2), (c2, c3))])
        self.down_blocks = torch.nn.ModuleList([Block(c1, c1), Block(c2, c2)])
        self.middle = torch.nn.ModuleList([Block(c3, c3), Block(c3, c3)])
        self.up = torch.nn.ModuleList([conv(a, b, 1) for a, b in ((c3, c2), (c2, c1), (c1, c0))])
        self.up_blocks = torch.nn.ModuleList([Block(2 * c2, c2), Block(2 * c1, c1), Block(c0, c0)])
        self.adain_out = Adaptive(c0)
        self.conv_out = conv(c0, 3, 3, padding=1)
        torch.nn.init.zeros_(self.conv_out.weight)
        torch.nn.init.zeros_(self.conv_out.bias)

    def forward(self, picture, code):
        style = (code - self.code_mean) / self.code_deviation
        for layer in self.mapping:
            style = F.silu(layer(style))
        h0 = self.conv_in(picture)
        h1 = self.down_blocks[0](self.down[0](h0), style)
        h2 = self.down_blocks[1](self.down[1](h1), style)
        h = self.down[2](h2)
        for block in self.middle:
            h = block(h, style)
        for up, block, skip in zip(self.up, self.up_blocks, (h2, h1, None)):
            h = F.interpolate(up(h), scale_factor=2, mode="nearest")
            # The finest level adds its skip, which costs half of joining it.
            h = block(h + h0 if skip is None else torch.cat([h, skip], 1), style)
        return picture + self.conv_out(self.adain_out(h, style))


class Critic(torch.nn.Module):
    """Patches of a picture as drawings of each style, one output a style (Isola et al. 2017; Choi et al. 2020)."""

    def __init__(self, styles, width=32):
        super().__init__()
        sizes = (3, width, 2 * width, 4 * width)
        self.convs = torch.nn.ModuleList([torch.nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(sizes, sizes[1:])])
        self.head = torch.nn.Conv2d(4 * width, styles, 3, padding=1)

    def forward(self, x, style):
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        return self.head(x)[torch.arange(len(style)), style]


def config():
    return json.dumps(
        {"_class_name": "StyleNetwork", "channels": CHANNELS, "style_size": STYLE, "code_groups": CODE_GROUPS, "code_size": CODE, "image_size": 64}, indent=2
    )
