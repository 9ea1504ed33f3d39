import { describe, expect, test } from 'vitest'
import { type Listing, presentFiles } from './file-names.ts'
import { readNegative, readPrompt } from './networks.ts'

const listing: Listing = {
  checkpoints: [],
  loras: ['kohya.safetensors', 'style/Paint v1.2.safetensors'],
  vae: [],
  upscale_models: [],
  embeddings: ['a-emb.pt', 'sub/EasyNegative.safetensors', 'bad.safetensors', 'bad_hands.pt'],
}
const files = presentFiles(listing)
const read = (prompt: string) => readPrompt(prompt, files)

describe('a LoRA tag of a prompt', () => {
  test.each([
    ['<lora:kohya>', 'kohya.safetensors', 1, 1],
    ['<lora:kohya:0.6>', 'kohya.safetensors', 0.6, 0.6],
    ['<lora:kohya:0.5:0.8>', 'kohya.safetensors', 0.8, 0.5],
    ['<lora:kohya:te=0:unet=0.7>', 'kohya.safetensors', 0.7, 0],
    ['<lora:kohya:te=0.4>', 'kohya.safetensors', 0.4, 0.4],
    ['<lyco:kohya.safetensors:-1>', 'kohya.safetensors', -1, -1],
    ['<LORA:paint V1.2:1>', 'style/Paint v1.2.safetensors', 1, 1],
  ])('%s applies it to the model and the text encoder, and is gone', (tag, lora, modelStrength, textStrength) => {
    expect(read(`a red apple ${tag}`)).toEqual({ text: 'a red apple ', loras: [{ lora, modelStrength, textStrength }] })
  })

  test.each([
    ['<lora:koya:1>', 'There is no LoRA "koya". Did you mean "kohya"?'],
    ['<lora:kohya:strong>', '<lora:kohya:strong>: "strong" is no weight.'],
    ['<lora:kohya:1:1:8>', 'the rank of a LoRA cannot be changed'],
    ['<lora:kohya:lbw=1,0>', '"lbw" is not read'],
    ['<hypernet:anime:1>', 'hypernetworks cannot be applied here'],
    ['<loar:kohya:1>', 'there is no kind of network "loar"'],
  ])('%s is refused by name', (tag, message) => {
    expect(() => read(tag)).toThrow(message)
  })

  test('is taken out and not applied where networks are switched off', () => {
    expect(readPrompt('fox <lora:nothing:1>', files, true)).toEqual({ text: 'fox ', loras: [] })
  })

  test('in a negative prompt is refused, since it is read in the prompt alone', () => {
    expect(() => readNegative('blurry <lora:kohya:1>', files)).toThrow('<lora:kohya:1> is read in the prompt alone')
    expect(readNegative('blurry', files)).toBe('blurry')
  })
})

describe('an embedding', () => {
  test.each([
    ['a red apple a-emb', 'a red apple embedding:a-emb'],
    ['(easynegative:1.2), bad', '(embedding:sub/EasyNegative:1.2), embedding:bad'],
    ['bad_hands, badly, a-embroidery', 'embedding:bad_hands, badly, a-embroidery'],
    ['embedding:bad', 'embedding:bad'],
    ['bad.', 'embedding:bad .'],
  ])('of "%s" is known by its bare name', (prompt, expected) => {
    expect(read(prompt).text).toBe(expected)
  })
})

test('prompts joined by AND are refused rather than read as a word', () => {
  expect(() => read('a cat AND a dog')).toThrow('AND, which composes several prompts')
  expect(read('SAND and LAND').text).toBe('SAND and LAND')
})
