"""What transformers' BlipForConditionalGeneration says of a picture with small random weights, and pycocoevalcap's scores of captions.

Run: python tests/reference/captions.py   (torch 2.15.0, transformers 5.24.0, pycocoevalcap 1.2)
Weights and inputs follow from their names, as in architectures.py. Writes vectors/captions.json.gz.
"""
import gzip, json, os
import torch
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from transformers import BlipConfig, BlipForConditionalGeneration
from architectures import HERE, fill, flat, given

torch.set_grad_enabled(False)
out = {}

config = {
    "text_config": {
        "vocab_size": 60, "hidden_size": 32, "encoder_hidden_size": 40, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "max_position_embeddings": 24, "bos_token_id": 58, "eos_token_id": 2, "sep_token_id": 3, "pad_token_id": 0, "hidden_act": "gelu", "is_decoder": True,
    },
    "vision_config": {"hidden_size": 40, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 32, "patch_size": 8, "hidden_act": "gelu"},
}
blip = fill(BlipForConditionalGeneration(BlipConfig(**config)))
# Random words are all nearly as likely: the end is made likelier, so that captions of several lengths compete.
blip.text_decoder.cls.predictions.bias[3] += 0.3
shapes = {name: list(p.shape) for name, p in blip.named_parameters()}
picture = given("picture", 1, 3, 32, 32)
vision = blip.vision_model(picture).last_hidden_state
prompt = [58, 7, 11]
ids = torch.tensor([prompt + [20, 9]])
logits = blip.text_decoder(ids, encoder_hidden_states=vision, is_decoder=True).logits
outputs = {"vision": vision, "logits": logits}
said = {}
for beams in (1, 2, 3, 5):
    ended = blip.generate(pixel_values=picture, input_ids=torch.tensor([prompt + [3]]), attention_mask=torch.ones(1, 4, dtype=torch.long), num_beams=beams, max_new_tokens=12, do_sample=False, length_penalty=1.0)
    row = ended[0, len(prompt):].tolist()
    said[str(beams)] = row[: row.index(3) + 1] if 3 in row else row
print(said)
out["blip"] = {"config": config, "prompt": prompt, "weights": shapes, "said": said, "outputs": {k: {"shape": list(v.shape), "values": flat(v)} for k, v in outputs.items()}}

# In lower case and without punctuation, as COCO's tokenizer leaves them.
pairs = [
    ("a picture of a red apple", ["a red apple", "a picture of an apple on a table", "an apple"]),
    ("a cat on the sofa", ["a cat sleeps on the sofa", "the cat is on the sofa"]),
    ("a dog", ["a brown dog runs over the green grass", "a dog runs"]),
    ("a happy face with brown hair and glasses", ["a happy face with brown hair and glasses"]),
    ("the the the the the cat", ["the cat is on the mat", "there is a cat on the mat"]),
    ("two birds fly", ["a boat on the water"]),
]
truth = {i: references for i, (_, references) in enumerate(pairs)}
results = {i: [caption] for i, (caption, _) in enumerate(pairs)}
bleu, _ = Bleu(4).compute_score(truth, results, verbose=0)
cider, each = Cider().compute_score(truth, results)
print(bleu, cider, each)
out["scores"] = {"pairs": [{"caption": c, "references": r} for c, r in pairs], "bleu": bleu[3], "cider": float(cider)}

with gzip.GzipFile(os.path.join(HERE, "vectors", "captions.json.gz"), "w", mtime=0) as file:
    file.write(json.dumps(out).encode())
