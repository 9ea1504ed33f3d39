// A process that holds a UNet by one strategy, or gives its graph to onnxruntime itself, and takes steps when asked.
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { bindWeights, float32, openSafetensors, serializeModel, type Tensor, type WeightStrategy } from '@patchbay/onnx'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { diffusionProcess } from '../src/diffusion/index.ts'
import { unetNetwork } from '../src/architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../src/networks/denoising-network.ts'
import { createSessions } from '../src/networks/sessions.ts'
import type { DiffusionModel } from '../src/values/diffusion-model.ts'
import { continueRun, startRun } from '../src/sampling/sample-latents.ts'
import { unetSizes, type UNetSize } from './unet-sizes.ts'

export interface Load {
  readonly type: 'load'
  /** `onnxruntime`: the serialised graph, given to it with its own defaults. */
  readonly contender: 'onnxruntime' | WeightStrategy
  readonly size: UNetSize
  readonly path: string
  readonly cacheFolder: string
  /** Rows and columns of the latents. */
  readonly cells: number
  /** One thread, and the time of the processor instead of the clock's. */
  readonly byProcessor: boolean
}
export type Request = Load | { readonly type: 'step' }
export interface Reply {
  readonly seconds: number
  readonly privateMb: number
  readonly peakMb: number
  /** Pages of weights that had to be read from the disk again meanwhile: with many, memory was short, and the disk was measured. */
  readonly diskReads: number
  readonly out: Float32Array
}

/** The step that is measured: at this noise level, what the network takes for noise. */
const sigma = 7
const now = (byProcessor: boolean): number =>
  byProcessor ? process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 : performance.now() / 1000

function wave(...shape: number[]): Tensor {
  const count = shape.reduce((a, b) => a * b, 1)
  return float32(
    shape,
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.7) * 1.2),
  )
}

const pooled = wave(1, 1280)
const sizesTold = [1024, 1024, 0, 0, 1024, 1024]
const conditioningOf = (size: UNetSize) => ({
  embeddings: wave(1, 77, unetSizes[size].crossAttentionDim),
  ...(size === 'sdxl' && { pooled, sizes: sizesTold }),
})

type Step = () => Promise<Float32Array>

async function ortStep({ size, path, cells, byProcessor }: Load): Promise<Step> {
  const { bytes, folder } = serializeModel(
    denoiserGraph(unetNetwork(unetSizes[size])),
    bindWeights(openSafetensors(path)),
  )
  const session = await InferenceSession.create(bytes, {
    ...(byProcessor && { intraOpNumThreads: 1 }),
    extra: { session: { model_external_initializers_file_folder_path: folder ?? '' } },
  })
  const process = diffusionProcess()
  const { embeddings } = conditioningOf(size)
  const scaled = wave(1, 4, cells, cells).data.map((x) => x / Math.sqrt(1 + sigma * sigma))
  const feeds = {
    sample: new OrtTensor('float32', scaled, [1, 4, cells, cells]),
    timestep: new OrtTensor('float32', Float32Array.of(process.timestepOf(sigma)), [1]),
    text: new OrtTensor('float32', embeddings.data, embeddings.shape),
    ...(size === 'sdxl' && {
      pooled: new OrtTensor('float32', pooled.data, [1, 1280]),
      sizes: new OrtTensor('float32', Float32Array.from(sizesTold), [1, 6]),
    }),
  }
  return async () => {
    const { prediction } = await session.run(feeds)
    const { data } = wave(1, 4, cells, cells)
    const noise = prediction?.data
    if (!(noise instanceof Float32Array)) throw new TypeError('a UNet gives float32')
    return data.map((_, i) => sigma * (noise[i] ?? NaN))
  }
}

async function ourStep({ contender, size, path, cells, cacheFolder, byProcessor }: Load): Promise<Step> {
  if (contender === 'onnxruntime') throw new TypeError('not a strategy')
  const sessions = createSessions({ strategy: contender, cacheFolder, ...(byProcessor && { threads: 1 }) })
  const model: DiffusionModel = {
    family: size === 'sdxl' ? 'sdxl' : 'sd1',
    denoising: {
      key: size,
      part: { architecture: 'unet-2d-condition', config: unetSizes[size], weights: openSafetensors(path) },
      updates: [],
    },
    process: diffusionProcess(),
    latentChannels: 4,
    latentScale: 8,
  }
  const sigmas = [sigma, sigma / 2]
  const settings = { sampler: 'euler', guidanceScale: 1, sigmas, signal: new AbortController().signal } as const
  const step = async (): Promise<Float32Array> => {
    const begun = startRun(model, { tensor: wave(1, 4, cells, cells), scale: 8 }, sigmas, undefined)
    const { denoised } = await continueRun(sessions, model, begun, { ...settings, positive: [conditioningOf(size)] })
    return begun.tensor.data.map((x, i) => x - (denoised.tensor.data[i] ?? NaN))
  }
  // Loads the model: a session is made when it is first asked for.
  await sessions.with(
    {
      key: size,
      build: () => ({ graph: denoiserGraph(unetNetwork(unetSizes[size])), weights: openSafetensors(path) }),
    },
    async () => {},
  )
  return step
}

function memoryOf(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024
}

let step: Step | undefined
let byProcessor = false

async function answer(request: Request): Promise<Reply> {
  if (request.type === 'load') byProcessor = request.byProcessor
  const faults = process.resourceUsage().majorPageFault
  const start = now(byProcessor)
  let out: Float32Array = new Float32Array(0)
  if (request.type === 'step') out = (await step?.()) ?? out
  else step = await (request.contender === 'onnxruntime' ? ortStep(request) : ourStep(request))
  const seconds = now(byProcessor) - start
  await setImmediate()
  return {
    seconds,
    privateMb: memoryOf('RssAnon'),
    peakMb: memoryOf('VmHWM'),
    diskReads: process.resourceUsage().majorPageFault - faults,
    out,
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply))
})
