import {
  bindWeights,
  createSession,
  featureMap,
  float32,
  Graph,
  linear,
  ops,
  Scope,
  toChannelsFirst,
  type Tensor,
  type Value,
} from '@patchbay/onnx'
import { imageTrunk, type ImageTrunkConfig } from '../src/architectures/scorers/image-trunk.ts'
import { faceByLot, faceHairs, faceSkins, faceSvg, type DrawnFace } from '../src/dataset/face-drawing.ts'
import { rasterizeSvg } from '../src/image/rasterize-svg.ts'
import { weightsOf } from '../src/opening/write-checkpoint.ts'
import { uniformSource } from '../src/random/uniform-source.ts'
import { rowsOfStep } from '../src/training/batches/batches.ts'
import { runTraining } from '../src/training/loop/training-run.ts'

export const side = 64
const area = 3 * side * side

/** Faces close up, with what is true of them and their pixels: [3, 64, 64] in 0 to 1 each. */
export interface KnownFaces {
  readonly faces: readonly DrawnFace[]
  readonly pixels: Float32Array
}

export async function drawn(faces: readonly DrawnFace[]): Promise<KnownFaces> {
  const pixels = new Float32Array(faces.length * area)
  for (const [i, face] of faces.entries()) {
    const { pixels: rgba } = await rasterizeSvg(faceSvg(face, 'close'), side)
    for (let at = 0; at < side * side; at++) {
      const ground = 255 - (rgba[at * 4 + 3] ?? 0)
      for (let c = 0; c < 3; c++) pixels[i * area + c * side * side + at] = ((rgba[at * 4 + c] ?? 0) + ground) / 255
    }
  }
  return { faces, pixels }
}

export function facesByLot(seed: number, count: number, fits: (face: DrawnFace) => boolean = () => true) {
  const draw = uniformSource(seed)
  const faces: DrawnFace[] = []
  while (faces.length < count) {
    const face = faceByLot(draw, 'drawn')
    if (fits(face)) faces.push(face)
  }
  return faces
}

export const curveOf = ({ mouth }: DrawnFace): number => (typeof mouth === 'string' ? Number.NaN : mouth.curve)
export const rowsOf = (pixels: Float32Array, first: number, count: number): Tensor =>
  float32([count, 3, side, side], pixels.subarray(first * area, (first + count) * area))

/** What a probe tells of a face: numbers by a linear layer on what a small trunk sees. */
interface Probe {
  readonly name: string
  readonly outputs: number
  readonly trunk: ImageTrunkConfig
  /** The part of the picture that it looks at: columns and rows, from and to. */
  readonly window: readonly [x0: number, x1: number, y0: number, y1: number]
}

const group = (channels: number) => ({ expansion: 1, channels, repeats: 1, stride: 2 })
const mouthProbe: Probe = {
  name: 'curve',
  outputs: 1,
  trunk: { block: 'plain', stemChannels: 24, groups: [group(48), group(48)] },
  window: [22, 54, 38, 62],
}
const restProbe: Probe = {
  name: 'rest',
  outputs: faceHairs.length + faceSkins + 1,
  trunk: { block: 'plain', stemChannels: 16, groups: [group(32), group(48), group(48)] },
  window: [0, side, 0, side],
}

/** Pictures [batch, 3, 64, 64] in 0 to 1 to [batch, outputs]. */
function answers(scope: Scope, { outputs, trunk, window: [x0, x1, y0, y1] }: Probe, pictures: Value): Value {
  const centred = ops.sub(ops.mul(pictures, 2), 1)
  const seen = ops.slice(ops.slice(centred, 3, x0, x1), 2, y0, y1)
  const last = imageTrunk(scope, trunk, featureMap(seen)).at(-1)
  const map = toChannelsFirst(last ?? featureMap(seen))
  const length = map.shape.slice(1).reduce((product: number, size) => product * Number(size), 1)
  const hidden = ops.relu(linear(scope.at('hidden'), ops.reshape(map, [-1, length]), { out: 96 }))
  return linear(scope.at('out'), hidden, { out: outputs })
}

const truthOf = (face: DrawnFace): number[] => [
  ...faceHairs.map((hair) => Number(hair === face.hair)),
  ...Array.from({ length: faceSkins }, (_, skin) => Number(skin === face.skin)),
  Number(face.wears.includes('glasses')),
]

/** The loss of a probe: the squared error of a curve, or the surprise of hair, skin and glasses together. */
function lossOf(probe: Probe, told: Value, truth: Value): Value {
  if (probe.outputs === 1) {
    const error = ops.sub(told, truth)
    return ops.reduceMean(ops.mul(error, error), { keepDims: false })
  }
  const part = (value: Value, from: number, to: number): Value => ops.slice(value, 1, from, to)
  const [hairs, all] = [faceHairs.length, faceHairs.length + faceSkins]
  const chosen = (from: number, to: number): Value =>
    ops.reduceSum(ops.mul(part(truth, from, to), ops.logSoftmax(part(told, from, to))), { axes: [1], keepDims: false })
  const glasses = part(told, all, all + 1)
  const unsure = ops.reduceMean(ops.sub(ops.softplus(glasses), ops.mul(part(truth, all, all + 1), glasses)), {
    keepDims: false,
  })
  const surprise = ops.reduceMean(ops.add(chosen(0, hairs), chosen(hairs, all)), { keepDims: false })
  return ops.sub(unsure, surprise)
}

const batch = 64

async function trained(probe: Probe, { faces, pixels }: KnownFaces, steps: number) {
  const graph = new Graph()
  const scope = new Scope(graph)
  const pictures = graph.input('pictures', 'float32', [batch, 3, side, side])
  const truth = graph.input('truth', 'float32', [batch, probe.outputs])
  const loss = lossOf(probe, answers(scope, probe, pictures), truth)
  const truths = faces.map((face) => (probe.outputs === 1 ? [curveOf(face)] : truthOf(face)))
  const weights = new Float32Array(faces.length).fill(1)
  const { averages, parameters } = await runTraining({
    loss,
    steps,
    seed: 1,
    recipe: probe.name,
    optimizer: { type: 'adamw', weightDecay: 0.01 },
    learningRate: (step) => 3e-3 * (0.02 + 0.98 * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps))),
    maxGradientNorm: 1,
    emaDecay: 0.98,
    feedsOf(step) {
      const rows = rowsOfStep({ seed: 3, step, batch, weights })
      const shown = new Float32Array(batch * area)
      for (const [k, row] of rows.entries()) shown.set(pixels.subarray(row * area, (row + 1) * area), k * area)
      const told = Float32Array.from(rows.flatMap((row) => truths[row] ?? []))
      return { pictures: float32([batch, 3, side, side], shown), truth: float32([batch, probe.outputs], told) }
    },
  })
  return averages ?? parameters
}

export interface FaceProbes {
  /** The curve of each mouth, -1 to 1. */
  curves(pictures: Tensor): Promise<readonly number[]>
  /** Hair, skin and glasses of each, as places in their lists. */
  rest(pictures: Tensor): Promise<readonly { readonly hair: number; readonly skin: number; readonly glasses: number }[]>
  dispose(): Promise<void>
}

/** Two small networks that read a mouth's curve, and hair, skin and glasses, learnt from real faces. */
export async function faceProbes(known: KnownFaces): Promise<FaceProbes> {
  const open = async (probe: Probe, steps: number) => {
    const parameters = await trained(probe, known, steps)
    const graph = new Graph()
    const pictures = graph.input('pictures', 'float32', ['batch', 3, side, side])
    graph.output('told', answers(new Scope(graph), probe, pictures))
    const session = await createSession(graph, bindWeights(weightsOf(parameters)))
    const tell = async (shown: Tensor): Promise<number[][]> => {
      const { told } = await session.run({ pictures: shown })
      const values = Array.from(told?.data ?? [], Number)
      return Array.from({ length: shown.shape[0] ?? 0 }, (_, k) =>
        values.slice(k * probe.outputs, (k + 1) * probe.outputs),
      )
    }
    return { tell, dispose: () => session.dispose() }
  }
  const [mouth, rest] = [await open(mouthProbe, 1400), await open(restProbe, 600)]
  const most = (values: readonly number[]): number => values.indexOf(Math.max(...values))
  return {
    curves: async (pictures) => (await mouth.tell(pictures)).map(([curve = Number.NaN]) => curve),
    rest: async (pictures) =>
      (await rest.tell(pictures)).map((values) => ({
        hair: most(values.slice(0, faceHairs.length)),
        skin: most(values.slice(faceHairs.length, -1)),
        glasses: Number((values.at(-1) ?? 0) > 0),
      })),
    async dispose() {
      await mouth.dispose()
      await rest.dispose()
    },
  }
}
