"""What a UNet of diffusers gives under one ControlNet and under two, on small configs, to compare this project's with.

Run: python tests/reference/controlled_unet.py   (torch 2.15.0, diffusers 0.42.1)
Weights and inputs follow from names, as in architectures.py. Writes vectors/controlled-unet.json.gz.
"""
import gzip, json, os
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from reference_weights import fill, given, result

size = dict(block_out_channels=(16, 32, 32), attention_head_dim=4, cross_attention_dim=24, norm_num_groups=8, layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"))
unet = fill(UNet2DConditionModel(up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), **size))
control = fill(ControlNetModel(conditioning_embedding_out_channels=(8, 16), **size))
t, text = torch.tensor(301.0), given("text", 2, 5, 24)


def residuals(hint, strength):
    size = (2 * x.shape[2], 2 * x.shape[3])
    return control(x, t, text, controlnet_cond=given(hint, 2, 3, *size), conditioning_scale=strength, return_dict=False)


def controlled(*all_of_them):
    down = [sum(each) for each in zip(*(d for d, _ in all_of_them))]
    return unet(x, t, text, down_block_additional_residuals=down, mid_block_additional_residual=sum(m for _, m in all_of_them)).sample


x = given("sample", 2, 4, 8, 12)
one, other = residuals("edges", 0.7), residuals("depth", 0.4)
outputs = {"none": unet(x, t, text).sample, "one": controlled(one), "both": controlled(one, other)}
# Sides that do not halve evenly: diffusers brings upsampled maps to the size of the skip connections.
x = given("sample", 2, 4, 7, 11)
outputs["odd"] = controlled(residuals("edges", 0.7))
keep = lambda model: {k: v for k, v in model.config.items() if not k.startswith("_")}
out = {"unet": result(unet, outputs, keep(unet)), "control-net": result(control, {}, keep(control))}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "controlled-unet.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print(os.path.getsize(path))
