import { fileURLToPath } from 'node:url'
import { bindWeights, evaluate, float32, Graph, openSafetensors, readWeightAsFloat32, Scope } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { wav2lip } from './wav2lip.ts'
import { detectWav2Lip, wav2lipWeights } from './wav2lip-weights.ts'

const file = openSafetensors(
  fileURLToPath(new URL('../../../../../tests/reference/vectors/wav2lip.safetensors', import.meta.url)),
)
const wave = (shape: readonly number[], scale: number, offset: number) =>
  float32(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => offset + scale * Math.sin(i * 0.37)),
  )

test('a file is told by its shapes, and makes what PyTorch makes of it', async () => {
  const config = detectWav2Lip(file)
  expect(config).toEqual({ size: 64, widths: [4, 4, 6, 4, 6], middle: 4, lead: 0 })
  if (!config) return
  const graph = new Graph()
  const sound = graph.input('sound', 'float32', ['batch', 1, 80, 16])
  const face = graph.input('face', 'float32', ['batch', 6, 64, 64])
  graph.output('made', wav2lip(new Scope(graph), config, sound, face))
  const feeds = { sound: wave([2, 1, 80, 16], 2, 0), face: wave([2, 6, 64, 64], 0.5, 0.5) }
  const { made } = await evaluate(graph, feeds, bindWeights(wav2lipWeights(file)))
  const expected = readWeightAsFloat32(file, 'made')
  expect(made?.shape).toEqual([2, 3, 64, 64])
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(made?.data[i]))), 0)
  expect(worst).toBeLessThan(1e-4)
})
