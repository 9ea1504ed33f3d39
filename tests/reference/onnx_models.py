"""Small ONNX models as PyTorch exports them, for the reader of models: packages/onnx/fixtures/*.onnx and what they compute.

    python tests/reference/onnx_models.py
"""

import json
import pathlib
import warnings

import torch
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

# Inlines functions of onnxscript, of which there are none here, and would need the package onnx for it.
onnx_proto_utils._add_onnxscript_fn = lambda model, _: model
warnings.filterwarnings("ignore")

folder = pathlib.Path(__file__).parents[2] / "packages" / "onnx" / "fixtures"


class Network(torch.nn.Module):
    """Convolution, batch norm, upsampling, a linear layer: operators that changed between operator sets."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.up = torch.nn.Upsample(scale_factor=2)
        self.out = torch.nn.Linear(8, 4)

    def forward(self, x):
        y = self.up(torch.relu(self.norm(self.conv(x))))
        return torch.softmax(self.out(y.mean((2, 3))), -1)


class Branches(torch.nn.Module):
    """If with branches that use a weight of the graph around them, and a loop that does, too."""

    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(4, 4))

    def forward(self, x, n: int):
        if x.sum() > 0:
            x = x @ self.w
        else:
            x = x - self.w
        for i in range(n):
            x = torch.tanh(x @ self.w) + float(i)
        return x


class Brain(torch.nn.Module):
    """Weights of bfloat16, float16 and int8 that are cast where they are used."""

    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(4, 4).bfloat16(), requires_grad=False)
        self.h = torch.nn.Parameter(torch.randn(4).half(), requires_grad=False)
        self.q = torch.nn.Parameter(torch.randint(-128, 127, (4, 4), dtype=torch.int8), requires_grad=False)

    def forward(self, x):
        return x @ self.w.float() + self.h.float() + x @ (self.q.float() * 0.01)


known = {}


def export(name, module, inputs, opset, names=("x",), **options):
    torch.onnx.export(
        module, tuple(inputs.values()), folder / f"{name}.onnx", opset_version=opset, dynamo=False,
        input_names=list(names), output_names=["y"], **options,
    )


def record(name, module, *cases):
    with torch.no_grad():
        known[name] = [
            {
                "x": {"shape": list(x.shape), "values": [round(v, 6) for v in x.flatten().tolist()]},
                **({"n": rest[0]} if rest else {}),
                "y": [round(v, 6) for v in module(x, *rest).flatten().tolist()],
            }
            for x, *rest in cases
        ]


def rounded(*shape):
    return (torch.randn(*shape) * 1000).round() / 1000


torch.manual_seed(0)
network = Network().eval()
axes = {"x": {0: "batch", 2: "height", 3: "width"}}
for opset in (9, 13, 20):
    name = f"network-opset{opset}"
    export(name, network, {"x": rounded(1, 3, 4, 4)}, opset, dynamic_axes=axes)
    record(name, network, (rounded(2, 3, 2, 3),))
branches = torch.jit.script(Branches())
export("branches-opset17", branches, {"x": rounded(4, 4), "n": 3}, 17, ("x", "n"))
record("branches-opset17", branches, (torch.ones(4, 4), 2), (-torch.ones(4, 4), 3))
brain = Brain()
export("brain-opset16", brain, {"x": rounded(2, 4)}, 16, do_constant_folding=False)
record("brain-opset16", brain, (rounded(2, 4),))
(folder / "onnx-models.json").write_text(json.dumps(known) + "\n")
