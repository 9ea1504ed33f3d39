/** What sampling costs beside the model: noise per megapixel of latents, and one step of every sampler on SDXL's latents. */
import { philoxNormal } from '../src/random/philox.ts'
import { createStepNoise, initialNoise } from '../src/random/noise.ts'
import { TorchCpuGenerator } from '../src/random/torch-cpu.ts'
import { sample } from '../src/diffusion/sample.ts'
import { diffusionProcess } from '../src/diffusion/process/noise-process.ts'
import { samplerNames } from '../src/diffusion/samplers/index.ts'
import { sigmasFor } from '../src/diffusion/schedules/index.ts'
import { loadClipTokenizer } from '../src/tokenizer/clip-tokenizer.ts'

interface Metric {
  readonly metric: string
  readonly value: number
  readonly unit: string
  readonly target: number
}

const asJson = process.argv.includes('--json')
const shape = [1, 4, 128, 128]
const steps = 10

function report({ metric, value, unit, target, ...details }: Metric): void {
  const line = { bench: 'samplers', metric, value: Number(value.toPrecision(4)), unit, target, holds: value <= target }
  const text = `${metric.padEnd(28)} ${line.value} ${unit} (target ≤ ${target}: ${line.holds ? 'holds' : 'missed'})`
  process.stdout.write(`${asJson ? JSON.stringify({ ...line, ...details }) : text}\n`)
}

async function bestOf(runs: number, work: () => unknown): Promise<number> {
  let best = Infinity
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

const million = [1_000_000]
report({
  metric: 'philox_normal',
  value: await bestOf(5, () => philoxNormal(1, million)),
  unit: 'ms per million values',
  target: 100,
})
report({
  metric: 'torch_cpu_randn',
  value: await bestOf(5, () => new TorchCpuGenerator(1).randn(million)),
  unit: 'ms per million values',
  target: 150,
})
const brownian = createStepNoise({ seed: 1, shape })
let level = 10
report({
  metric: 'brownian_step',
  // Down a schedule, where each step starts at the last one's end.
  value: await bestOf(8, () => brownian.brownian(level, (level *= 0.8))),
  unit: 'ms per step of 1024 px',
  target: 150,
})

const noiseProcess = diffusionProcess()
const sigmas = sigmasFor(noiseProcess, 'karras', steps)
const x = initialNoise({ seed: 1, shape })
const costs: [name: string, ms: number][] = []
for (const sampler of samplerNames) {
  if (sampler.endsWith('_gpu') || sampler === 'dpm_adaptive') continue
  const free = { independent: () => x, brownian: () => x }
  const run = () => sample({ sampler, denoise: async () => x, x, sigmas, noise: free })
  await run()
  costs.push([sampler, (await bestOf(3, run)) / steps])
}
costs.sort(([, a], [, b]) => b - a)
const [slowest = ['none', 0]] = costs
report({
  metric: 'slowest_step_without_noise',
  value: slowest[1],
  unit: 'ms per step of 1024 px',
  target: 10,
  ...{ sampler: slowest[0], euler: costs.find(([name]) => name === 'euler')?.[1] },
})

const tokenizer = await loadClipTokenizer()
const prompt =
  'masterpiece, best quality, a photo of an astronaut riding a horse on mars, dramatic lighting, 8k uhd, '.repeat(10)
report({
  metric: 'tokenize_1000_characters',
  value: await bestOf(20, () => tokenizer.encode(prompt)),
  unit: 'ms',
  target: 2,
})
report({ metric: 'load_clip_tokenizer', value: await bestOf(3, loadClipTokenizer), unit: 'ms', target: 150 })
