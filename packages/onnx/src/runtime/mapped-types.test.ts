import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import { serializeModel } from '../serialize/model.ts'
import { byteLengthOf, type DType } from '../tensor/dtype.ts'
import { float32, tensorOfBytes } from '../tensor/tensor.ts'
import { openSafetensors } from '../weights/safetensors.ts'
import { writeSafetensors } from '../weights/safetensors-writer.ts'
import { createWeightSource, readWeightAsFloat32, requireWeight, type WeightSource } from '../weights/weight-source.ts'
import type { Weight } from '../weights/weight.ts'
import { Session } from './session.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-mapped-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Bytes of every value below an exponent of all ones, so that no element is infinite or no number. */
function storedWeight(dtype: DType): Weight {
  const shape = [4, 8]
  const bytes = Uint8Array.from({ length: byteLengthOf(dtype, shape) }, (_, i) => (i * 37 + 5) & 0x3f)
  return { name: 'w', dtype, shape, place: { type: 'memory', bytes } }
}

/** What ONNX Runtime makes of a stored weight in a sum with zero. */
async function castByRuntime(source: WeightSource, weights: 'mapped' | 'folded'): Promise<Float32Array> {
  const graph = new Graph()
  const w = graph.parameter('w', 'float32', [4, 8])
  graph.output('y', ops.add(graph.input('x', 'float32', [4, 8]), w))
  const session = await Session.create(serializeModel(graph, bindWeights(source)), { weights })
  const { y } = await session.run({ x: float32([4, 8], new Float32Array(32)) })
  await session.dispose()
  if (y?.dtype !== 'float32') throw new Error('expected float32')
  return y.data
}

describe('weights of every stored type', () => {
  test.each(['float32', 'float16', 'bfloat16', 'float8e4m3fn', 'float8e5m2', 'int8', 'uint8'] as const)(
    '%s is read where it lies in a safetensors file, as the reader reads it',
    async (dtype) => {
      const path = join(folder, 'w.safetensors')
      writeSafetensors(path, createWeightSource([storedWeight(dtype)]))
      const source = openSafetensors(path)
      expect(requireWeight(source, 'w').place.type).toBe('file')
      const expected = readWeightAsFloat32(source, 'w')
      expect(new Set(expected).size).toBeGreaterThan(10)
      expect(await castByRuntime(source, 'mapped')).toEqual(expected)
      expect(await castByRuntime(source, 'folded')).toEqual(expected)
    },
  )

  test.each(['int4', 'uint4'] as const)('%s is cast from memory, two to a byte', async (dtype) => {
    const source = createWeightSource([storedWeight(dtype)])
    expect(await castByRuntime(source, 'folded')).toEqual(readWeightAsFloat32(source, 'w'))
  })

  test('a weight at an odd offset is mapped all the same', async () => {
    const bytes = tensorOfBytes('uint8', [3], Uint8Array.of(1, 2, 3))
    const path = join(folder, 'odd.safetensors')
    writeSafetensors(
      path,
      createWeightSource([
        storedWeight('float32'),
        { name: 'a', dtype: 'uint8', shape: [3], place: { type: 'memory', bytes: bytes.data } },
      ]),
    )
    const source = openSafetensors(path)
    const w = requireWeight(source, 'w')
    if (w.place.type !== 'file') throw new Error('expected a file range')
    // One byte further on the file still holds 128 bytes, which are floats like any others.
    const shifted = createWeightSource([{ ...w, place: { ...w.place, offset: w.place.offset + 1 } }])
    expect(await castByRuntime(shifted, 'mapped')).toEqual(readWeightAsFloat32(shifted, 'w'))
  })
})
