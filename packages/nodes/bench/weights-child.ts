import { readFileSync } from 'node:fs'
import { float32, loadModel, openSafetensors, type Session, type WeightStrategy } from '@patchbay/onnx'
import { stableDiffusionUNet } from './stable-diffusion-unet.ts'

/** What the parent asks of a process that holds the model by one strategy. */
export type Request =
  | {
      readonly type: 'load'
      readonly strategy: WeightStrategy
      readonly path: string
      readonly size: number
      readonly cacheFolder: string
      /** One thread, and the time of the processor instead of the clock's. */
      readonly byProcessor: boolean
    }
  | { readonly type: 'step' }

export type Reply =
  | { readonly type: 'loaded'; readonly seconds: number }
  | {
      readonly type: 'stepped'
      readonly seconds: number
      readonly privateMb: number
      readonly peakMb: number
      readonly out: Float32Array
    }

let session: Session | undefined
let latentSize = 64
let byProcessor = false

/** Seconds of the clock, or of the processor. */
const now = (): number => (byProcessor ? process.cpuUsage().user / 1e6 : performance.now() / 1000)

function memoryOf(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024
}

async function answer(request: Request): Promise<Reply> {
  if (request.type === 'load') {
    const { strategy, path, size, cacheFolder } = request
    latentSize = size
    byProcessor = request.byProcessor
    const start = performance.now()
    const loaded = await loadModel(stableDiffusionUNet(size), openSafetensors(path), {
      strategy,
      cacheFolder,
      ...(byProcessor ? { threads: 1 } : {}),
    })
    session = loaded.session
    return { type: 'loaded', seconds: (performance.now() - start) / 1000 }
  }
  if (!session) throw new Error('load the model first')
  const wave = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.7) * 1.2)
  const feeds = {
    sample: float32([1, 4, latentSize, latentSize], wave(4 * latentSize * latentSize)),
    timestep: float32([1], [500]),
    text: float32([1, 77, 768], wave(77 * 768)),
  }
  const start = now()
  const { out } = await session.run(feeds)
  const seconds = now() - start
  if (out?.dtype !== 'float32') throw new Error('expected a float32 output')
  global.gc?.()
  return { type: 'stepped', seconds, privateMb: memoryOf('RssAnon'), peakMb: memoryOf('VmHWM'), out: out.data }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply))
})
