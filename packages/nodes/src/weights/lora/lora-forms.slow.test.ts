import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createWeightSource, float32, readWeightAsFloat32, weightOf, type WeightSource } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { parseLora } from './lora.ts'
import type { LoraModelNames } from './lora-targets.ts'
import { weightsWithUpdates } from './weights-with-updates.ts'

// Each form of LoRA against what LyCORIS, PEFT or torch make of it: tests/reference/lora_forms.py.

interface Packed {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: string }
}
interface Case {
  readonly name: string
  readonly strength: number
  readonly file: Packed
  readonly merged: Packed
  readonly metadata: Readonly<Record<string, string>>
}
const path = resolve(import.meta.dirname, '../../../../../tests/reference/vectors/lora-forms.json.gz')
const { base, cases } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
  readonly base: Packed
  readonly cases: readonly Case[]
}

function sourceOf(packed: Packed, metadata: Readonly<Record<string, string>> = {}): WeightSource {
  const weights = Object.entries(packed).map(([name, { shape, data }]) => {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
    return weightOf(name, float32(shape, new Float32Array(bytes.buffer)))
  })
  return createWeightSource(weights, { title: 'style.safetensors', metadata })
}

const model = sourceOf(base)
const names: LoraModelNames = {
  denoiser: { weights: model.names, loraAliases: () => [], numberedLayers: () => [] },
  textEncoders: [],
}
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0)

describe('a LoRA changes weights as its makers do', () => {
  test.each(cases)('$name', async ({ file, merged, metadata, strength }) => {
    const { updates, unmatched, unread } = parseLora(sourceOf(file, metadata), names)
    expect([unmatched, unread]).toEqual([[], []])
    const changed = await weightsWithUpdates(
      model,
      updates.map((update) => ({ update, strength })),
    )
    const expected = sourceOf(merged)
    for (const name of model.names) {
      const right = readWeightAsFloat32(expected.get(name) ? expected : model, name)
      expect([name, largestDifference(readWeightAsFloat32(changed, name), right)]).toEqual([name, expect.closeTo(0, 4)])
    }
    expect(new Set(updates.map(({ weight }) => weight))).toEqual(new Set(expected.names))
  })
})
