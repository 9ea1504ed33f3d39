import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import { conv2d } from '../layers/convolution.ts'
import { featureMap, toChannelsFirst } from '../layers/feature-map.ts'
import { linear } from '../layers/linear.ts'
import { Scope } from '../layers/scope.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import { serializeModel } from '../serialize/model.ts'
import { zeros } from '../tensor/tensor.ts'
import { openSafetensors } from '../weights/safetensors.ts'
import { writeSafetensors, type WriteOptions } from '../weights/safetensors-writer.ts'
import { createWeightSource, weightOf } from '../weights/weight-source.ts'
import { convolutionBlock } from './convolution-block.ts'
import { createSessionHost } from './session-host.ts'
import { prepareWeights } from './weight-strategy.ts'

const block = await convolutionBlock()

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-memory-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Two convolutions and a linear layer of 13.6 million weights: 54 MB as float32. */
function network(): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const x = featureMap(graph.input('x', 'float32', [1, 512, 8, 8]))
  const h = conv2d(scope.at('b'), conv2d(scope.at('a'), x, { out: 1024 }), { out: 512 })
  graph.output('image', toChannelsFirst(h))
  graph.output('rows', linear(scope.at('c'), graph.input('y', 'float32', [1, 2048]), { out: 2048 }))
  return graph
}

/** Megabytes that loading and running the network adds to a process, beyond mapped files. */
async function privateGrowth(
  floatType: WriteOptions['floatType'],
  strategy: 'mapped' | 'folded' | 'cached',
): Promise<number> {
  const path = join(folder, 'w.safetensors')
  const made = network().parameters.map(({ name, shape }) => weightOf(name, zeros('float32', shape.map(Number))))
  writeSafetensors(path, createWeightSource(made), floatType ? { floatType } : {})
  // So little memory that matrices are not packed.
  const options = { strategy, cacheFolder: join(folder, 'cache'), block, memory: 1 }
  const { graph, source, session } = prepareWeights(network(), openSafetensors(path), options)
  const host = createSessionHost()
  try {
    const small = new Graph()
    small.output('y', small.input('x', 'float32', [1]))
    await host.open(serializeModel(small)).run({ x: zeros('float32', [1]) })
    const before = host.status().privateBytes
    const model = host.open(serializeModel(graph, bindWeights(source)), session)
    await model.run({ x: zeros('float32', [1, 512, 8, 8]), y: zeros('float32', [1, 2048]) })
    return (host.status().privateBytes - before) / 2 ** 20
  } finally {
    await host.close()
  }
}

// Only Linux tells mapped files from private memory.
describe.skipIf(process.platform !== 'linux')('mapped weights (needs Linux to measure)', () => {
  test('of fp16 are not copied: neither as float32 nor blocked for convolution', async () => {
    expect(await privateGrowth('float16', 'mapped')).toBeLessThan(35)
    expect(await privateGrowth('float16', 'folded')).toBeGreaterThan(50)
  })

  test('of float32 are not copied either, nor is the float32 copy, whose kernels lie in the order of the processor', async () => {
    expect(await privateGrowth(undefined, 'mapped')).toBeLessThan(20)
    expect(await privateGrowth('float16', 'cached')).toBeLessThan(20)
  })
})
