"""Style networks in PyTorch on weights that follow from their names: ours, AdaIN's (Huang and Belongie 2017) and fast neural style's (Johnson et al. 2016).

Run: python tests/reference/style_networks.py (torch 2.15.0)
The first is that of tools/training; the others are built here layer by layer as their files are laid out. Writes vectors/style-networks.json.gz.
"""
import gzip, json, os, sys
import torch
from torch import nn
from reference_weights import given, value

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/training"))
from style_network import CODE_GROUPS, StyleNetwork, levels, statistics  # noqa: E402
from mobilenet import Trunk  # noqa: E402


def filled(module, prefix=""):
    state = {name: value(prefix + name, tuple(tensor.shape)) for name, tensor in module.state_dict().items()}
    module.load_state_dict(state)
    return module.eval(), {prefix + name: list(tensor.shape) for name, tensor in state.items()}


def sequential(length, convolutions, doubled=(), halved=()):
    """Numbered as torch.nn.Sequential numbers them: padding, convolution, ReLU; enlarging; pooling."""
    layers = []
    for index in range(length):
        if index in convolutions:
            inside, out, kernel = convolutions[index]
            layers.append(nn.Conv2d(inside, out, kernel))
        elif index in doubled:
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
        elif index in halved:
            layers.append(nn.MaxPool2d(2, 2, ceil_mode=True))
        elif index - 1 in convolutions and convolutions[index - 1][2] == 3:
            layers.append(nn.ReLU())
        else:
            layers.append(nn.ReflectionPad2d(1))
    return nn.Sequential(*layers)


ENCODER = {0: (3, 3, 1), 2: (3, 64, 3), 5: (64, 64, 3), 9: (64, 128, 3), 12: (128, 128, 3), 16: (128, 256, 3), 19: (256, 256, 3),
           22: (256, 256, 3), 25: (256, 256, 3), 29: (256, 512, 3)}
DECODER = {1: (512, 256, 3), 5: (256, 256, 3), 8: (256, 256, 3), 11: (256, 256, 3), 14: (256, 128, 3), 18: (128, 128, 3), 21: (128, 64, 3),
           25: (64, 64, 3), 28: (64, 3, 3)}


def mean_and_deviation(x):
    flat = x.flatten(2)
    return flat.mean(2)[:, :, None, None], (flat.var(2) + 1e-5).sqrt()[:, :, None, None]


def adaptive(encoder, decoder, picture, style, amount):
    own, other = encoder(picture), encoder(style)
    (mean, deviation), (wanted_mean, wanted_deviation) = mean_and_deviation(own), mean_and_deviation(other)
    moved = (own - mean) / deviation * wanted_deviation + wanted_mean
    return decoder(moved * amount + own * (1 - amount))


class Conv(nn.Module):
    def __init__(self, inside, out, kernel, stride=1):
        super().__init__()
        self.pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(inside, out, kernel, stride)

    def forward(self, x):
        return self.conv2d(self.pad(x))


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.in1 = Conv(width, width, 3), nn.InstanceNorm2d(width, affine=True)
        self.conv2, self.in2 = Conv(width, width, 3), nn.InstanceNorm2d(width, affine=True)

    def forward(self, x):
        return self.in2(self.conv2(torch.relu(self.in1(self.conv1(x))))) + x


class Fast(nn.Module):
    def __init__(self):
        super().__init__()
        norm = lambda width: nn.InstanceNorm2d(width, affine=True)
        self.conv1, self.in1 = Conv(3, 32, 9), norm(32)
        self.conv2, self.in2 = Conv(32, 64, 3, 2), norm(64)
        self.conv3, self.in3 = Conv(64, 128, 3, 2), norm(128)
        for index in range(1, 6):
            setattr(self, f"res{index}", Residual(128))
        self.deconv1, self.in4 = Conv(128, 64, 3), norm(64)
        self.deconv2, self.in5 = Conv(64, 32, 3), norm(32)
        self.deconv3 = Conv(32, 3, 9)

    def forward(self, x):
        x = torch.relu(self.in1(self.conv1(x)))
        x = torch.relu(self.in3(self.conv3(torch.relu(self.in2(self.conv2(x))))))
        for index in range(1, 6):
            x = getattr(self, f"res{index}")(x)
        double = lambda y: nn.functional.interpolate(y, scale_factor=2, mode="nearest")
        x = torch.relu(self.in4(self.deconv1(double(x))))
        return self.deconv3(torch.relu(self.in5(self.deconv2(double(x)))))


def recorded(weights, output):
    return {"config": {}, "weights": weights, "outputs": {"drawn": {"shape": list(output.shape), "values": [float(v) for v in output.flatten()]}}}


vectors = {}
with torch.no_grad():
    network, shapes = filled(StyleNetwork())
    trunk = Trunk()
    trunk.blocks = trunk.blocks[: trunk.ends[max(CODE_GROUPS)]]
    trunk, trunk_shapes = filled(trunk, "trunk.")
    code = statistics(levels(trunk, given("reference", 2, 3, 32, 32) / 1.7)).mean(0, keepdim=True)
    vectors["coded"] = recorded(shapes | trunk_shapes, network(given("picture", 1, 3, 32, 24) / 1.7, code))
    vectors["coded"]["outputs"]["code"] = {"shape": list(code.shape), "values": [float(v) for v in code.flatten()]}
    encoder, encoder_shapes = filled(sequential(31, ENCODER, halved=(7, 14, 27)), "encoder.")
    decoder, decoder_shapes = filled(sequential(29, DECODER, doubled=(3, 16, 23)), "decoder.")
    pictures = [given(name, 1, 3, *size) / 3.4 + 0.5 for name, size in (("picture", (24, 32)), ("reference", (32, 32)))]
    vectors["adaptive"] = recorded(encoder_shapes | decoder_shapes, adaptive(encoder, decoder, *pictures, 0.75))
    fast, fast_shapes = filled(Fast())
    vectors["fixed"] = recorded(fast_shapes, fast(given("picture", 1, 3, 24, 32) * 75 + 127.5))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "style-networks.json.gz")
with gzip.GzipFile(path, "wb", mtime=0) as f:
    f.write(json.dumps(vectors, separators=(",", ":")).encode())
print({name: [round(float(torch.tensor(each["outputs"]["drawn"]["values"]).std()), 3)] for name, each in vectors.items()}, os.path.getsize(path))
