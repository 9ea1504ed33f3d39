"""Random blocks of every kind that GGUF packs weights in, and what they stand for, to compare this project's decoding with.

Run: python tests/reference/gguf_blocks.py   (gguf 0.19, numpy)
Writes vectors/gguf-blocks.json: of each kind a small GGUF file with two blocks, written by the package, and its numbers as float16 bits.
"""
import base64, json, os, tempfile
import numpy as np
import gguf
from gguf import GGMLQuantizationType as T

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(19)
out = {}
for kind in (T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL, T.IQ4_XS, T.F16, T.BF16, T.F32):
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    if kind in (T.F16, T.F32):
        data = random.standard_normal((2, 32)).astype(np.float16 if kind == T.F16 else np.float32)
        values = data.astype(np.float32)
    elif kind == T.BF16:
        data = gguf.quants.quantize(random.standard_normal((2, 32)).astype(np.float32), kind)
        values = gguf.quants.dequantize(data, kind)
    else:
        data = random.integers(0, 256, (2, size), dtype=np.uint8)
        # Scales of halves that are neither infinite nor not numbers.
        for at in {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2],
                   T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0], T.IQ4_XS: [0]}[kind]:
            data[:, at:at + 2] = (random.standard_normal((2, 1)) * 0.01).astype(np.float16).view(np.uint8)
        values = gguf.quants.dequantize(data, kind)
    with tempfile.TemporaryDirectory() as folder:
        writer = gguf.GGUFWriter(f"{folder}/x.gguf", "flux")
        writer.add_array("comfy.gguf.orig_shape.kernel", [1, 2, values.shape[1]])
        writer.add_string("general.name", "tiny")
        for name in ("matrix", "kernel"):
            writer.add_tensor(name, data, raw_dtype=None if kind in (T.F16, T.F32) else kind)
        writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
        file = open(f"{folder}/x.gguf", "rb").read()
    halves = values.astype(np.float16).view(np.uint16).flatten()
    out[kind.name] = {"file": base64.b64encode(file).decode(), "shape": list(values.shape), "halves": base64.b64encode(halves.tobytes()).decode()}
path = os.path.join(HERE, "vectors", "gguf-blocks.json")
json.dump(out, open(path, "w"), indent=0)
print({k: v["shape"] for k, v in out.items()}, os.path.getsize(path))

# llama.cpp's names of text encoders' weights, by those of transformers.
import gzip
models = json.loads(gzip.open(os.path.join(HERE, "vectors", "newer-networks.json.gz")).read())
arches = {"t5": gguf.MODEL_ARCH.T5ENCODER, "qwen3": gguf.MODEL_ARCH.QWEN3, "qwen2": gguf.MODEL_ARCH.QWEN2}
names = {name: {weight: gguf.get_tensor_name_map(arch, 4).get_name(weight, try_suffixes=(".weight", ".bias")) for weight in models[name]["weights"]}
         for name, arch in arches.items()}
json.dump(names, open(os.path.join(HERE, "vectors", "gguf-names.json"), "w"), indent=0)
