"""Records token ids of transformers' CLIP tokenizer: vectors/clip-tokens.json.

Run: python tests/reference/clip_tokenizer.py <bpe_simple_vocab_16e6.txt.gz of openai/CLIP>
"""

import gzip
import json
import pathlib
import random
import sys
import tempfile

import transformers

print("transformers", transformers.__version__)

lines = gzip.open(sys.argv[1]).read().decode("utf-8").split("\n")[1:48895]
printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
others = [b for b in range(256) if b not in printable]
symbols = [chr(b) for b in printable] + [chr(0x100 + i) for i in range(len(others))]
words = symbols + [s + "</w>" for s in symbols] + ["".join(line.split()) for line in lines]
words += ["<|startoftext|>", "<|endoftext|>"]

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer"}))
    tokenizer = transformers.CLIPTokenizer.from_pretrained(folder)

texts = [
    "",
    "a photo of a cat",
    "A Photo, of a CAT!!",
    "masterpiece, best quality, 1girl, (detailed:1.2) 8k uhd",
    "it's the artist's; they're, I've I'd we'll don't 'tis",
    "1234567890 3.14 2x4",
    "café naïve Zürich ÅNGSTRÖM",
    "cafe\u0301 decomposed",
    "日本の風景、桜 東京",
    "Привет мир, как дела?",
    "नमस्ते दुनिया",
    "emoji 😀🎉👩‍🎨 mixed",
    "tabs\tand\nnew  lines   spaces",
    "snake_case and-dashes/slashes\\back @user #tag $5 50%",
    "<|startoftext|>inner<|endoftext|> after",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "aaaaaaaaaaaaaaaaaaaaaaaa !!!!!!!!???",
    "İstanbul ß ﬁ Ⅷ ½",
    "“quotes” – dash … ellipsis",
]
# Random texts, of letters of many scripts, digits, signs, spaces and what prompts are made of.
random = random.Random(4)
scripts = ["abcdefghijklmnopqrstuvwxyz", "ABCXYZ", "0123456789", " ,.:;!?()[]{}<>|_-+*/\\\"'`~@#$%^&=", "  \t\n", "éüñçßøœ", "ДжшЁя", "αβΣς", "日本語京都", "한국어", "😀👩‍🎨🎉", "ﬁⅧ½²"]
pieces = ["photo", "masterpiece", "8k", "(word:1.2)", "it's", "they'll", "<|endoftext|>", "embedding", "https://a.b/c?d=1", "BREAK", "1girl", "C++", "#ff00aa"]
for _ in range(120):
    parts = []
    for _ in range(random.randint(1, 9)):
        if random.random() < 0.4:
            parts.append(random.choice(pieces))
        else:
            parts.append("".join(random.choices(random.choice(scripts), k=random.randint(1, 7))))
    texts.append(random.choice(["", " "]).join(parts))
recorded = [{"text": text, "ids": tokenizer(text, add_special_tokens=False)["input_ids"]} for text in texts]
target = pathlib.Path(__file__).parent / "vectors" / "clip-tokens.json"
body = ",\n".join(json.dumps(entry) for entry in recorded)
target.write_text('{"transformers": "%s", "texts": [\n%s\n]}\n' % (transformers.__version__, body))
print("wrote", target.name, len(recorded), "texts")
