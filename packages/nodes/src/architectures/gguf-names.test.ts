import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { renameWeights } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { decoderLmWeightsIn, detectDecoderLmConfig } from './decoder-lm/detect.ts'
import { detectT5EncoderConfig, t5WeightsIn } from './t5-encoder/detect.ts'

/** llama.cpp's names of transformers' weights, by the package `gguf`. Recorded by tests/reference/gguf_blocks.py. */
const recorded = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../../tests/reference/vectors/gguf-names.json'), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string>>>>

test.each(['t5', 'qwen3', 'qwen2'])('the text encoder %s is found under llama.cpp’s names', (name) => {
  const weights = referenceWeights(referenceModel(name, 'newer-networks'))
  const file = renameWeights(weights, (weight) => recorded[name]?.[weight])
  const found = name === 't5' ? t5WeightsIn(file) : decoderLmWeightsIn(file)
  expect([...(found?.names ?? [])].sort()).toEqual([...weights.names].sort())
  expect(found && (name === 't5' ? detectT5EncoderConfig(found) : detectDecoderLmConfig(found))).toBeDefined()
})
