// How fast a Stable Diffusion sized model is ready and steps, by the way its weights get from their file into a session.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createWeightSource,
  parameterCountOf,
  weightStrategies,
  type WeightStrategy,
  writeSafetensors,
} from '@patchbay/onnx'
import { report } from '../../onnx/bench/measure.ts'
import { randomWeights, stableDiffusionUNet } from './stable-diffusion-unet.ts'
import type { Reply, Request } from './weights-child.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
    size: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
    strategies: { type: 'string', default: weightStrategies.join() },
  },
})
const size = Number(options.size)
const strategies = weightStrategies.filter((name) => options.strategies.split(',').includes(name))

const byProcessor = options['processor-time']

function metric(
  name: string,
  value: number,
  unit: string,
  details: object,
  target?: { readonly atMost: number },
): void {
  report({ bench: 'weights', metric: name, value, unit, details: { ...details }, ...(target && { target }) })
}

async function ask(child: ChildProcess, request: Request): Promise<Reply> {
  child.send(request)
  const [reply] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a measuring process ended with ${String(code)}`))),
  ])) as [Reply]
  return reply
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  let [difference, whole] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    difference += ((actual[i] ?? NaN) - (expected[i] ?? NaN)) ** 2
    whole += (expected[i] ?? NaN) ** 2
  }
  return Math.sqrt(difference / whole)
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

const rounded = (value: number): number => Number(value.toPrecision(4))

interface Measured {
  readonly child: ChildProcess
  readonly ready: number
  /** Seconds of each round. */
  readonly steps: number[]
  privateMb: number
  peakMb: number
  out: Float32Array
}

const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-weights-'))
const measured = new Map<WeightStrategy, Measured>()
try {
  const graph = stableDiffusionUNet(size)
  const path = join(folder, 'unet.safetensors')
  writeSafetensors(path, createWeightSource(randomWeights(graph)))
  const model = {
    parameters: parameterCountOf(graph),
    fileMb: Math.round(statSync(path).size / 2 ** 20),
    latents: size,
  }

  for (const strategy of strategies) {
    const start = (): ChildProcess =>
      fork(new URL('weights-child.ts', import.meta.url), { serialization: 'advanced', execArgv: process.execArgv })
    const load = { type: 'load', strategy, path, size, cacheFolder: join(folder, 'cache'), byProcessor } as const
    if (strategy !== 'mapped' && strategy !== 'folded') {
      // The first load writes the derived file; what counts is how soon it is ready from then on.
      const writer = start()
      const first = await ask(writer, load)
      if (first.type === 'loaded') metric(`${strategy}_first_ready_s`, first.seconds, 's', model)
      writer.kill('SIGKILL')
    }
    const child = start()
    const loaded = await ask(child, load)
    const ready = loaded.type === 'loaded' ? loaded.seconds : NaN
    measured.set(strategy, { child, ready, steps: [], privateMb: 0, peakMb: 0, out: new Float32Array(0) })
  }
  // Round by round, so that whatever else the machine does falls on all of them alike. The first round is the warm-up of
  // all: it touches every page and sizes the memory of a run.
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const entry of measured.values()) {
      const reply = await ask(entry.child, { type: 'step' })
      if (reply.type !== 'stepped') continue
      if (round > 0) entry.steps.push(reply.seconds)
      Object.assign(entry, { privateMb: reply.privateMb, peakMb: reply.peakMb, out: reply.out })
    }
  }

  const folded = measured.get('folded')
  const mapped = measured.get('mapped')
  for (const [strategy, { ready, steps, privateMb, peakMb, out }] of measured) {
    const step = Math.min(...steps)
    const details = {
      ...model,
      ready_s: rounded(ready),
      step_s: rounded(step),
      private_mb: Math.round(privateMb),
      peak_mb: Math.round(peakMb),
    }
    metric(`${strategy}_ready_s`, ready, 's', details, strategy === 'mapped' ? { atMost: 1 } : undefined)
    metric(`${strategy}_private_mb`, privateMb, 'MB', details, strategy === 'mapped' ? { atMost: 250 } : undefined)
    metric(`${strategy}_step_s`, step, 's', details)
    if (folded && strategy !== 'folded') {
      const target = strategy === 'cached' ? { atMost: 1.1 } : undefined
      // Within a round both met the same machine: the median of their ratios is what drift changes least.
      const ratios = steps.map((seconds, index) => seconds / (folded.steps[index] ?? NaN))
      const spread = { least: rounded(Math.min(...ratios)), most: rounded(Math.max(...ratios)) }
      metric(`${strategy}_over_folded_step`, medianOf(ratios), '×', { ...details, ...spread }, target)
    }
    if (mapped && strategy !== 'mapped')
      metric(`${strategy}_relative_error`, relativeError(out, mapped.out), '', details)
  }
} finally {
  for (const { child } of measured.values()) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
