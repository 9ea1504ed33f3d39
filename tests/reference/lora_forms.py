"""What each form of LoRA makes of a few small layers, merged by those who defined the form.

Run: python tests/reference/lora_forms.py   (torch 2.15.0, peft 0.21.2, transformers 5.24.0, lycoris-lora 4.1.3)
Writes vectors/lora-forms.json.gz. DoRA at half strength, GLoRA's older naming and a bias beside factors are merged
here, in a line or two each.
"""

import base64
import gzip
import json
import pathlib

import torch
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from peft import IA3Config, LoraConfig, get_peft_model, get_peft_model_state_dict

torch.manual_seed(5)
torch.set_num_threads(1)
KEY = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
OUT = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0"
CONV = "down_blocks.0.resnets.0.conv1"
NORM = "down_blocks.0.resnets.0.norm1"
layers = {
    KEY: torch.nn.Linear(12, 8, bias=False),
    OUT: torch.nn.Linear(8, 8),
    CONV: torch.nn.Conv2d(4, 8, 3, padding=1),
    NORM: torch.nn.GroupNorm(2, 4),
}
for layer in layers.values():
    for value in layer.parameters():
        torch.nn.init.normal_(value, std=0.5)
BASE = {f"{name}.{kind}": value.detach().clone() for name, layer in layers.items() for kind, value in layer.named_parameters()}
cases = []


def add(name, file, merged, strength=1.0, metadata=None):
    cases.append({"name": name, "strength": strength, "file": file, "merged": merged, "metadata": metadata or {}})


def flat(layer, prefix="lora_unet_"):
    return prefix + layer.replace(".", "_")


def randomised(module):
    """Everything that training changes, away from where it begins."""
    with torch.no_grad():
        for value in module.parameters():
            value.copy_(torch.randn_like(value) * 0.4)
    return module


def lycoris(name, kind, chosen, strength=1.0, prefix="lora_unet_", **settings):
    """A file with one module of LyCORIS for each layer, and the weights that it merges."""
    file, merged = {}, {}
    for layer in chosen:
        module = kind(flat(layer, prefix), layers[layer], 1.0, **settings)
        magnitude = module.dora_scale.detach().clone() if hasattr(module, "dora_scale") else None
        randomised(module)
        if magnitude is not None:
            module.dora_scale.data = magnitude * (1 + 0.5 * torch.rand_like(magnitude))
        weight, bias = module.get_merged_weight(strength, layers[layer].weight.shape)
        merged[f"{layer}.weight"] = weight.detach()
        if bias is not None:
            merged[f"{layer}.bias"] = bias.detach()
        own = module.custom_state_dict() if hasattr(module, "custom_state_dict") else None
        if kind is FullModule:  # Holds the difference itself until it is put in place of its layer.
            own = {"diff": module.weight, **({"diff_b": module.bias} if module.bias is not None else {})}
        for key, value in (own or module.state_dict()).items():
            if key in ("scalar",) or key.startswith("org_module"):
                continue
            file[f"{flat(layer, prefix)}.{key}"] = value.detach().clone()
    add(name, file, merged, strength)


# LyCORIS multiplies LoHa and LoKr by their scale twice when it merges: theirs is 1 here.
BOTH = [KEY, CONV]
lycoris("LoCon", LoConModule, BOTH, lora_dim=3, alpha=1.5)
lycoris("LoCon with a factored kernel", LoConModule, [CONV], lora_dim=3, alpha=1.5, use_tucker=True)
lycoris("LoHa", LohaModule, BOTH, lora_dim=2, alpha=2)
lycoris("LoHa with factored kernels", LohaModule, [CONV], lora_dim=2, alpha=2, use_tucker=True)
lycoris("LoKr", LokrModule, BOTH, lora_dim=1, alpha=1, factor=2)
lycoris("LoKr with a factored kernel", LokrModule, [CONV], lora_dim=1, alpha=1, factor=2, use_tucker=True)
lycoris("LoKr of two whole factors", LokrModule, BOTH, lora_dim=1000, alpha=1, factor=2, full_matrix=True)
lycoris("DoRA over the output", LoConModule, BOTH, lora_dim=3, alpha=1.5, weight_decompose=True, wd_on_out=True)
lycoris("DoRA over the input", LoConModule, BOTH, lora_dim=3, alpha=1.5, weight_decompose=True, wd_on_out=False)
lycoris("LoHa as a DoRA", LohaModule, BOTH, lora_dim=2, alpha=2, weight_decompose=True, wd_on_out=True)
lycoris("whole differences with biases", FullModule, [KEY, OUT, CONV], strength=0.5)
lycoris("norms", NormModule, [NORM], strength=0.5)
lycoris("OFT", DiagOFTModule, BOTH, lora_dim=4)
lycoris("OFT at half strength", DiagOFTModule, BOTH, strength=0.5, lora_dim=4)
lycoris("OFT, rescaled", DiagOFTModule, [CONV], lora_dim=4, rescaled=True)
lycoris("OFT of kohya, bounded", DiagOFTModule, BOTH, prefix="oft_unet_", lora_dim=4, constraint=0.05)
lycoris("BOFT", ButterflyOFTModule, BOTH, lora_dim=2)
lycoris("BOFT at half strength, rescaled", ButterflyOFTModule, BOTH, strength=0.5, lora_dim=2, rescaled=True)
lycoris("(IA)3 of the output", IA3Module, BOTH, strength=0.5)
lycoris("(IA)3 of the input", IA3Module, BOTH, train_on_input=True)
lycoris("GLoRA", GLoRAModule, BOTH, lora_dim=3, alpha=1.5)

# ---- merged here
def R(*shape):
    return torch.randn(*shape) * 0.4


up, down = R(8, 3), R(3, 12)
whole = BASE[f"{KEY}.weight"] + 0.5 * up @ down
norms = whole.norm(dim=1, keepdim=True) * (1 + torch.rand(8, 1))
given = whole * norms / whole.norm(dim=1, keepdim=True)
key = flat(KEY)
file = {f"{key}.lora_up.weight": up, f"{key}.lora_down.weight": down, f"{key}.alpha": torch.tensor(1.5), f"{key}.dora_scale": norms}
own = BASE[f"{KEY}.weight"]
add("DoRA at half strength", file, {f"{KEY}.weight": own + 0.5 * (given - own)}, 0.5)
a1, a2, b1, b2 = R(3, 12), R(12, 3), R(3, 12), R(8, 3)
file = {f"{key}.{name}.weight": value for name, value in (("a1", a1), ("a2", a2), ("b1", b1), ("b2", b2))}
file[f"{key}.alpha"] = torch.tensor(1.5)
add("GLoRA of the older files", file, {f"{KEY}.weight": own + 0.5 * (b2 @ b1 + own @ a2 @ a1)})
file = {**file, **{f"{flat(OUT)}.lora_up.weight": R(8, 2), f"{flat(OUT)}.lora_down.weight": R(2, 8), f"{flat(OUT)}.diff_b": R(8)}}
file = {name: value for name, value in file.items() if name.startswith(flat(OUT))}
add(
    "a bias beside factors",
    file,
    {
        f"{OUT}.weight": BASE[f"{OUT}.weight"] + file[f"{flat(OUT)}.lora_up.weight"] @ file[f"{flat(OUT)}.lora_down.weight"],
        f"{OUT}.bias": BASE[f"{OUT}.bias"] + file[f"{flat(OUT)}.diff_b"],
    },
)


# ---- merged by PEFT
class Branch(torch.nn.Module):
    pass


def network():
    """The layers under their names, as PEFT wants them."""
    root = Branch()
    for name, layer in layers.items():
        at = root
        *path, last = name.split(".")
        for part in path:
            if not hasattr(at, part):
                at.add_module(part, Branch())
            at = getattr(at, part)
        copy = {torch.nn.Linear: lambda l: torch.nn.Linear(l.in_features, l.out_features, l.bias is not None),
                torch.nn.Conv2d: lambda l: torch.nn.Conv2d(l.in_channels, l.out_channels, 3, padding=1),
                torch.nn.GroupNorm: lambda l: torch.nn.GroupNorm(2, 4)}[type(layer)](layer)
        copy.load_state_dict(layer.state_dict())
        at.add_module(last, copy)
    return root


def peft(name, config, header=True):
    model = get_peft_model(network(), config)
    with torch.no_grad():
        for key, value in model.named_parameters():
            if "magnitude" in key:
                value.mul_(1 + 0.5 * torch.rand_like(value))
            elif value.requires_grad:
                value.copy_(torch.randn_like(value) * 0.4 + (1 if "ia3" in key else 0))
    file = {key: value.clone() for key, value in get_peft_model_state_dict(model).items()}
    settings = {key: value for key, value in config.to_dict().items() if key in ("r", "lora_alpha", "use_rslora", "alpha_pattern", "rank_pattern", "lora_bias", "use_dora")}
    merged = {key: value.detach().clone() for key, value in model.merge_and_unload().state_dict().items()}
    changed = {key: value for key, value in merged.items() if not torch.equal(value, BASE[key])}
    add(name, file, changed, metadata={"lora_adapter_metadata": json.dumps(settings)} if header else None)


targets = ["to_k", "to_out.0", "conv1"]
peft("PEFT", LoraConfig(r=3, lora_alpha=6, target_modules=targets))
peft("PEFT with patterns", LoraConfig(r=3, lora_alpha=6, target_modules=targets, rank_pattern={"conv1": 2}, alpha_pattern={"attn2.to_k": 1}))
peft("PEFT over the root of the rank", LoraConfig(r=3, lora_alpha=6, use_rslora=True, target_modules=targets))
peft("PEFT with biases of its own", LoraConfig(r=3, lora_alpha=6, lora_bias=True, target_modules=["to_out.0"]))
peft("PEFT with biases in place of the model's", LoraConfig(r=3, lora_alpha=3, bias="lora_only", target_modules=["to_out.0", "conv1"]))
peft("PEFT with a whole layer", LoraConfig(r=3, lora_alpha=3, target_modules=["to_k"], modules_to_save=["norm1"]))
peft("PEFT's DoRA", LoraConfig(r=3, lora_alpha=6, use_dora=True, target_modules=targets))
peft("PEFT's (IA)3", IA3Config(target_modules=["to_k", "to_out.0"], feedforward_modules=["to_out.0"]), header=False)


def packed(values):
    return {name: {"shape": list(value.shape), "data": base64.b64encode(value.float().contiguous().numpy().tobytes()).decode()} for name, value in values.items()}


out = {"base": packed(BASE), "cases": [{**case, "file": packed(case["file"]), "merged": packed(case["merged"])} for case in cases]}
path = pathlib.Path(__file__).parent / "vectors/lora-forms.json.gz"
path.write_bytes(gzip.compress(json.dumps(out).encode(), 9, mtime=0))
print(len(cases), "cases,", path.stat().st_size, "bytes")
