// How soon a cancelled run or load ends, how soon the model is ready again after it, and which provider is chosen and why.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  bindWeights,
  chooseProvider,
  createSessionHost,
  createWeightSource,
  float32,
  openSafetensors,
  serializeModel,
  writeSafetensors,
  zeros,
} from '@patchbay/onnx'
import { report } from '../../onnx/bench/measure.ts'
import { randomWeights, stableDiffusionUNet } from './stable-diffusion-unet.ts'

const bench = 'runtime'
const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-runtime-'))
const host = createSessionHost({ grace: 0 })

/** Milliseconds from the abort until the work has ended. */
async function cancelled(after: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController()
  const ended = work(controller.signal).then(
    () => Promise.reject(new Error('it ended before it was cancelled')),
    () => undefined,
  )
  await delay(after)
  const start = performance.now()
  controller.abort()
  await ended
  return performance.now() - start
}

try {
  const graph = stableDiffusionUNet(64)
  const path = join(folder, 'unet.safetensors')
  writeSafetensors(path, createWeightSource(randomWeights(graph)))
  const model = serializeModel(graph, bindWeights(openSafetensors(path)))
  const feeds = {
    sample: zeros('float32', [1, 4, 64, 64]),
    timestep: float32([1], [500]),
    text: zeros('float32', [1, 77, 768]),
  }
  const mapped = host.open(model, { weights: 'mapped' })
  const folded = host.open(model, { weights: 'folded' })

  await mapped.load()
  const inRun = await cancelled(500, (signal) => mapped.run(feeds, { signal }))
  const killed = performance.now()
  await mapped.load()
  const ready = performance.now() - killed + inRun
  const inLoad = await cancelled(1000, (signal) => folded.load({ signal }))
  report({ bench, metric: 'cancel_in_run_ms', value: inRun, unit: 'ms', target: { atMost: 250 } })
  report({ bench, metric: 'cancel_in_load_ms', value: inLoad, unit: 'ms', target: { atMost: 250 } })
  const details = { from: 'the abort in the middle of a step', to: 'the same 860M-parameter model loaded again' }
  report({ bench, metric: 'kill_to_ready_ms', value: ready, unit: 'ms', details })
} finally {
  await host.close()
  rmSync(folder, { recursive: true, force: true })
}

const { provider, attention, reports } = await chooseProvider()
const reasons = Object.fromEntries(reports.map((tested) => [tested.provider, tested.reason]))
if (process.argv.includes('--json')) {
  const line = { bench, metric: 'provider', value: provider, unit: '', target: null, holds: null, attention, reasons }
  console.log(JSON.stringify(line))
} else {
  console.log(`provider: ${provider}, attention ${attention}`)
  for (const [name, reason] of Object.entries(reasons)) console.log(`  ${name}: ${reason}`)
}
