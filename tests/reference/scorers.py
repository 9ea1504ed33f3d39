"""What transformers' CLIPModel and FID's Inception network give on small random weights, to compare the score nodes with.

Run: python tests/reference/scorers.py   (torch 2.15.0, torchvision 0.29.2, transformers 5.23.0)
Weights and inputs follow from their names, as in architectures.py. The Inception network is torchvision's with the poolings of
TensorFlow's network of 2015, as FID has it, a sixteenth as wide; its last layer has no bias, as in the published Inception score. Writes vectors/scorers.json.gz.
"""
import gzip, json, os
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models import inception
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


class NarrowConvolution(torch.nn.Module):
    """torchvision's BasicConv2d, narrower; how many channels come in is known when they come."""

    def __init__(self, _, out_channels, **options):
        super().__init__()
        channels = round(out_channels * WIDTH)
        self.conv = torch.nn.LazyConv2d(channels, bias=False, **options)
        self.bn = torch.nn.BatchNorm2d(channels, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Poolings:
    """FID's poolings inside torchvision's blocks: means leave the border out, and the last block takes maxima."""

    takes_max = False

    def __getattr__(self, name):
        return getattr(F, name)

    def avg_pool2d(self, x, **options):
        return F.max_pool2d(x, **options) if self.takes_max else F.avg_pool2d(x, count_include_pad=False, **options)


inception.BasicConv2d = NarrowConvolution
inception.F = Poolings()
network = inception.Inception3(num_classes=10, aux_logits=False, init_weights=False).eval()
network.fc = torch.nn.Linear(int(2048 * WIDTH), 10, bias=False)
network.Mixed_7c.register_forward_pre_hook(lambda *_: setattr(inception.F, "takes_max", True))
network.Mixed_7c.register_forward_hook(lambda *_: setattr(inception.F, "takes_max", False))
seen = []
network.avgpool.register_forward_hook(lambda _, __, mean: seen.append(mean.flatten(1)))
picture = torch.from_numpy(uniform("picture", 3 * 299 * 299).reshape(1, 3, 299, 299))
network(picture)  # tells the convolutions how many channels come in
shapes = {}
for name, tensor in network.state_dict().items():
    if name.endswith("num_batches_tracked"):
        continue
    shape = list(tensor.shape)
    given = value(name, shape)
    # A variance is positive: the hash gives about -0.1 to 0.1 for what is no weight.
    tensor.copy_(given.abs() + 0.5 if name.endswith("running_var") else given)
    if name != "fc.weight":
        shapes[name] = shape
probabilities = network(picture).softmax(1)
out["inception-v3"] = {"config": {"width": WIDTH}, "weights": shapes, "outputs": {
    "features": {"shape": list(seen[-1].shape), "values": flat(seen[-1])},
    "probabilities": {"shape": list(probabilities.shape), "values": flat(probabilities)},
}}

with gzip.GzipFile(os.path.join(HERE, "vectors", "scorers.json.gz"), "wb", mtime=0) as file:
    file.write(json.dumps(out).encode())
