"""Outputs of upscaler networks as spandrel builds them, on small configs; weights and inputs as in architectures.py.

Run: python tests/reference/upscalers.py   (torch 2.15.0, spandrel 0.4.2)
Writes vectors/upscalers.json.gz.
"""
import gzip, json, os
from architectures import HERE, fill, given, result
from spandrel.architectures.Compact.__arch.SRVGG import SRVGGNetCompact
from spandrel.architectures.ESRGAN.__arch.RRDB import RRDBNet

out = {}
for name, arguments in {
    "rrdb-4x": dict(scale=4), "rrdb-2x": dict(scale=4, shuffle_factor=2, in_nc=12), "rrdb-8x": dict(scale=8),
}.items():
    arguments = {"in_nc": 3, "out_nc": 3, "num_filters": 8, "num_blocks": 2, **arguments}
    model = fill(RRDBNet(**arguments))
    out[name] = result(model, {"enlarged": model(given("image", 1, 3, 6, 8))}, arguments)
for scale in (2, 4):
    arguments = dict(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=3, upscale=scale, act_type="prelu")
    model = fill(SRVGGNetCompact(**arguments))
    out[f"srvgg-{scale}x"] = result(model, {"enlarged": model(given("image", 1, 3, 6, 8))}, arguments)

path = os.path.join(HERE, "vectors", "upscalers.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print({k: (v["outputs"]["enlarged"]["shape"], list(v["weights"])[:4], list(v["weights"])[-4:]) for k, v in out.items()}, os.path.getsize(path))
