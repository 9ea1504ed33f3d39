"""What transformers' CLIPModel and FID's Inception network give on small random weights, to compare the score nodes with.

Run: python tests/reference/scorers.py   (torch 2.15.0, transformers 5.23.0)
Weights and inputs follow from their names, as in architectures.py. The Inception network is pytorch-fid's, written out from its description
(Szegedy et al. 2016, with the poolings of TensorFlow's network of 2015), a sixteenth as wide. Writes vectors/scorers.json.gz.
"""
import gzip, json, os
import numpy as np
import torch
import torch.nn.functional as F
from transformers import CLIPConfig, CLIPModel
from architectures import HERE, fill, flat, uniform, value

torch.set_grad_enabled(False)
out = {}

config = {
    "projection_dim": 24,
    "text_config": {"vocab_size": 49408, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "quick_gelu", "eos_token_id": 49407, "bos_token_id": 49406},
    "vision_config": {"hidden_size": 40, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_act": "quick_gelu", "image_size": 32, "patch_size": 8},
}
clip = CLIPModel(CLIPConfig(**config))
shapes = {name: list(p.shape) for name, p in clip.named_parameters() if name != "logit_scale"}
fill(clip)
# "a photo of a cat" and "a dog" in CLIP's vocabulary, start and end included, filled with the end token.
ids = [[49406, 320, 1125, 539, 320, 2368, 49407], [49406, 320, 1929, 49407]]
tokens = torch.tensor([row + [49407] * (77 - len(row)) for row in ids])
pixels = torch.from_numpy(uniform("pictures", 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)) * 0.5 + 0.5
mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
result = clip(input_ids=tokens, pixel_values=(pixels - mean) / deviation)
pictures, texts = result.image_embeds, result.text_embeds
cosines = F.normalize(pictures, dim=-1) @ F.normalize(texts, dim=-1).T
out["clip"] = {"config": config, "weights": shapes, "outputs": {
    "pictures": {"shape": list(pictures.shape), "values": flat(F.normalize(pictures, dim=-1))},
    "scores": {"shape": [2, 2], "values": flat(100 * cosines.clamp(min=0))},
    "cosines": {"shape": [2, 2], "values": flat(cosines)},
}}

WIDTH = 1 / 16
shapes = {}


def conv(name, x, channels, kernel, stride=1, padding=None):
    channels = max(1, round(channels * WIDTH))
    padding = tuple(k // 2 for k in kernel) if padding is None else padding
    parts = {"conv.weight": [channels, x.shape[1], *kernel], **{f"bn.{part}": [channels] for part in ("weight", "bias", "running_mean", "running_var")}}
    found = {}
    for part, shape in parts.items():
        shapes[f"{name}.{part}"] = shape
        found[part] = value(f"{name}.{part}", shape)
    # A variance is positive: the hash gives about -0.1 to 0.1 for what is no weight.
    variance = found["bn.running_var"].abs() + 0.5
    x = F.conv2d(x, found["conv.weight"], stride=stride, padding=padding)
    return F.relu(F.batch_norm(x, found["bn.running_mean"], variance, found["bn.weight"], found["bn.bias"], eps=0.001))


def around(x):
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def block_a(n, x, pooled):
    five = conv(f"{n}.branch5x5_2", conv(f"{n}.branch5x5_1", x, 48, (1, 1)), 64, (5, 5))
    double = conv(f"{n}.branch3x3dbl_2", conv(f"{n}.branch3x3dbl_1", x, 64, (1, 1)), 96, (3, 3))
    double = conv(f"{n}.branch3x3dbl_3", double, 96, (3, 3))
    return torch.cat([conv(f"{n}.branch1x1", x, 64, (1, 1)), five, double, conv(f"{n}.branch_pool", around(x), pooled, (1, 1))], 1)


def block_b(n, x):
    double = conv(f"{n}.branch3x3dbl_2", conv(f"{n}.branch3x3dbl_1", x, 64, (1, 1)), 96, (3, 3))
    double = conv(f"{n}.branch3x3dbl_3", double, 96, (3, 3), 2, 0)
    return torch.cat([conv(f"{n}.branch3x3", x, 384, (3, 3), 2, 0), double, F.max_pool2d(x, 3, 2)], 1)


def block_c(n, x, c):
    seven = conv(f"{n}.branch7x7_2", conv(f"{n}.branch7x7_1", x, c, (1, 1)), c, (1, 7))
    seven = conv(f"{n}.branch7x7_3", seven, 192, (7, 1))
    double = conv(f"{n}.branch7x7dbl_1", x, c, (1, 1))
    for part, channels, kernel in ((2, c, (7, 1)), (3, c, (1, 7)), (4, c, (7, 1)), (5, 192, (1, 7))):
        double = conv(f"{n}.branch7x7dbl_{part}", double, channels, kernel)
    return torch.cat([conv(f"{n}.branch1x1", x, 192, (1, 1)), seven, double, conv(f"{n}.branch_pool", around(x), 192, (1, 1))], 1)


def block_d(n, x):
    three = conv(f"{n}.branch3x3_2", conv(f"{n}.branch3x3_1", x, 192, (1, 1)), 320, (3, 3), 2, 0)
    seven = conv(f"{n}.branch7x7x3_1", x, 192, (1, 1))
    seven = conv(f"{n}.branch7x7x3_3", conv(f"{n}.branch7x7x3_2", seven, 192, (1, 7)), 192, (7, 1))
    return torch.cat([three, conv(f"{n}.branch7x7x3_4", seven, 192, (3, 3), 2, 0), F.max_pool2d(x, 3, 2)], 1)


def block_e(n, x, pool):
    three = conv(f"{n}.branch3x3_1", x, 384, (1, 1))
    double = conv(f"{n}.branch3x3dbl_2", conv(f"{n}.branch3x3dbl_1", x, 448, (1, 1)), 384, (3, 3))
    parts = [conv(f"{n}.branch1x1", x, 320, (1, 1)), conv(f"{n}.branch3x3_2a", three, 384, (1, 3)), conv(f"{n}.branch3x3_2b", three, 384, (3, 1))]
    parts += [conv(f"{n}.branch3x3dbl_3a", double, 384, (1, 3)), conv(f"{n}.branch3x3dbl_3b", double, 384, (3, 1)), conv(f"{n}.branch_pool", pool(x), 192, (1, 1))]
    return torch.cat(parts, 1)


x = torch.from_numpy(uniform("picture", 3 * 299 * 299).reshape(1, 3, 299, 299))
x = conv("Conv2d_1a_3x3", x, 32, (3, 3), 2, 0)
x = conv("Conv2d_2a_3x3", x, 32, (3, 3), 1, 0)
x = F.max_pool2d(conv("Conv2d_2b_3x3", x, 64, (3, 3)), 3, 2)
x = conv("Conv2d_3b_1x1", x, 80, (1, 1))
x = F.max_pool2d(conv("Conv2d_4a_3x3", x, 192, (3, 3), 1, 0), 3, 2)
for n, pooled in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
    x = block_a(n, x, pooled)
x = block_b("Mixed_6a", x)
for n, c in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
    x = block_c(n, x, c)
x = block_d("Mixed_7a", x)
x = block_e("Mixed_7b", x, around)
x = block_e("Mixed_7c", x, lambda y: F.max_pool2d(y, 3, 1, 1))
features = x.mean((2, 3))
out["inception-v3"] = {"config": {"width": WIDTH}, "weights": shapes, "outputs": {"features": {"shape": list(features.shape), "values": flat(features)}}}

with gzip.GzipFile(os.path.join(HERE, "vectors", "scorers.json.gz"), "wb", mtime=0) as file:
    file.write(json.dumps(out).encode())
