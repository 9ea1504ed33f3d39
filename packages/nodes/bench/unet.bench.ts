/**
 * A step of a UNet as large as Stable Diffusion 1.5's and SDXL's, through all that Sample does, beside the same graph given to
 * onnxruntime with its own defaults; and by each way of holding the weights, with its error.
 *
 * npm run bench -- unet [--json] [--sizes sd15,sdxl] [--strategies cached,mapped,int8] [--cells 64] [--rounds 3] [--turns 2]
 * [--processor-time]
 *
 * Contenders take turns, A B A B, each alone in a process that ends before the next begins: two copies of SDXL as float32 do not fit most
 * machines, and what changes about a machine meanwhile meets both. The fastest step of all turns counts.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createWeightSource, parameterCountOf, weightStrategies, writeSafetensors } from '@patchbay/onnx'
import { report } from '../../onnx/bench/measure.ts'
import { unetNetwork } from '../src/architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../src/networks/denoising-network.ts'
import { randomWeights } from './stable-diffusion-unet.ts'
import type { Load, Reply, Request } from './unet-child.ts'
import { unetSizes, type UNetSize } from './unet-sizes.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
    sizes: { type: 'string', default: 'sd15,sdxl' },
    strategies: { type: 'string', default: 'cached,mapped,int8' },
    cells: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    turns: { type: 'string', default: '2' },
  },
})
const byProcessor = options['processor-time']
const cells = Number(options.cells)
const wanted = (list: string, name: string): boolean => list.split(',').includes(name)
const strategies = weightStrategies.filter((name) => wanted(options.strategies, name))

interface Measured {
  ready: number
  step: number
  privateMb: number
  peakMb: number
  /** Of the fastest step. */
  diskReads: number
  out: Float32Array
}

async function ask(child: ChildProcess, request: Request): Promise<Reply> {
  child.send(request)
  const [reply] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) =>
      Promise.reject(new Error(`a measuring process ended with ${String(code ?? signal)}`)),
    ),
  ])) as [Reply]
  return reply
}

/** One turn of a contender. */
async function measure(
  contender: Load['contender'],
  load: Omit<Load, 'type' | 'contender'>,
  isFirstTurn: boolean,
): Promise<Measured> {
  const isDerived = isFirstTurn && contender !== 'onnxruntime' && contender !== 'mapped' && contender !== 'folded'
  // The first load writes the derived file; what counts is how soon it is ready from then on.
  for (const isMeasured of isDerived ? [false, true] : [true]) {
    const child = fork(new URL('unet-child.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: process.execArgv,
    })
    try {
      const ready = (await ask(child, { type: 'load', contender, ...load })).seconds
      if (!isMeasured) continue
      const first = await ask(child, { type: 'step' })
      let best = first
      let last = first
      for (let round = 0; round < Number(options.rounds); round++) {
        last = await ask(child, { type: 'step' })
        if (last.seconds < best.seconds || best === first) best = last
      }
      const { seconds: step, diskReads } = best
      return { ready, step, privateMb: last.privateMb, peakMb: last.peakMb, diskReads, out: last.out }
    } finally {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  }
  throw new Error('nothing was measured')
}

/** The fastest turn of each contender, in the order of the first. */
async function measureInTurn(
  contenders: readonly Load['contender'][],
  load: Omit<Load, 'type' | 'contender'>,
): Promise<ReadonlyMap<Load['contender'], Measured>> {
  const best = new Map<Load['contender'], Measured>()
  for (let turn = 0; turn < Number(options.turns); turn++) {
    for (const contender of contenders) {
      const measured = await measure(contender, load, turn === 0)
      const before = best.get(contender)
      if (!before || measured.step < before.step) best.set(contender, measured)
    }
  }
  return best
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  let [difference, whole] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    difference += ((actual[i] ?? NaN) - (expected[i] ?? NaN)) ** 2
    whole += (expected[i] ?? NaN) ** 2
  }
  return Math.sqrt(difference / whole)
}

const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-unet-'))
try {
  for (const size of Object.keys(unetSizes).filter((name): name is UNetSize => wanted(options.sizes, name))) {
    const graph = denoiserGraph(unetNetwork(unetSizes[size]))
    const path = join(folder, `${size}.safetensors`)
    writeSafetensors(path, createWeightSource(randomWeights(graph)))
    const load = { size, path, cacheFolder: join(folder, 'cache'), cells, byProcessor }
    const about = { parameters: parameterCountOf(graph), latents: `${cells}×${cells}`, one_thread: byProcessor }

    const measured = await measureInTurn(['onnxruntime', ...strategies], load)
    const reference = measured.get('onnxruntime')
    if (!reference) throw new RangeError('--turns has to be 1 or more')
    const shown = ({ ready, step, privateMb, peakMb, diskReads }: Measured) => ({
      step_s: Number(step.toPrecision(4)),
      ready_s: Number(ready.toPrecision(4)),
      private_mb: Math.round(privateMb),
      peak_mb: Math.round(peakMb),
      disk_reads: diskReads,
      free_gb: Number((freemem() / 1e9).toPrecision(3)),
    })
    report({
      bench: 'unet',
      metric: `onnxruntime_step_${size}`,
      value: reference.step,
      unit: 's',
      details: { ...about, ...shown(reference) },
    })
    for (const strategy of strategies) {
      const ours = measured.get(strategy)
      if (!ours) continue
      const error = relativeError(ours.out, reference.out)
      const details = { ...about, strategy, ...shown(ours), relative_error: Number(error.toPrecision(3)) }
      const isQuantised = strategy === 'int8' || strategy === 'int4'
      const name = strategy === 'cached' ? `unet_over_ort_${size}` : `unet_over_ort_${size}_${strategy}`
      const target = strategy === 'cached' ? { target: { atMost: 1.03 } } : {}
      report({ bench: 'unet', metric: name, value: ours.step / reference.step, unit: '×', details, ...target })
      if (!isQuantised) continue
      const suffix = size === 'sd15' && strategy === 'int8' ? '' : `_${size}_${strategy}`
      const speedup = reference.step / ours.step
      report({ bench: 'unet', metric: `quantised_speedup${suffix}`, value: speedup, unit: '×', details })
      report({ bench: 'unet', metric: `quantised_relative_error${suffix}`, value: error, unit: '', details })
    }
    const [exact, fast] = [measured.get('cached'), measured.get('int8')]
    if (exact && fast) {
      const suffix = size === 'sd15' ? '' : `_${size}`
      const details = { ...about, ...shown(fast) }
      const error = relativeError(fast.out, exact.out)
      const step = { value: fast.step / exact.step, unit: '×', target: { atMost: size === 'sd15' ? 0.5 : 0.45 } }
      const peak = { value: fast.peakMb / exact.peakMb, unit: '×', target: { atMost: 0.5 } }
      report({ bench: 'unet', metric: `int8_step_over_float32${suffix}`, ...step, details })
      report({ bench: 'unet', metric: `int8_peak_over_float32${suffix}`, ...peak, details })
      report({ bench: 'unet', metric: `int8_relative_error${suffix}`, value: error, unit: '', details })
    }
    for (const derived of [path, join(folder, 'cache')]) {
      if (existsSync(derived)) rmSync(derived, { recursive: true })
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
