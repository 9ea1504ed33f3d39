import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zeros, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeText } from '../encoding/encode-text.ts'
import { createLocalServices } from '../host/local-services.ts'
import type { Services } from '../host/services.ts'
import { continueRun, startRun } from '../sampling/sample-latents.ts'
import {
  referencePipelines,
  unpacked,
  writeReferencePipeline,
  type ReferenceRun,
} from '../testing/reference-pipelines.ts'
import { withEach } from '../values/conditioning.ts'
import { loadCheckpointParts, type CheckpointValues } from './checkpoint-values.ts'

const reference = referencePipelines('newer-pipelines')
let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-newer-'))
  services = createLocalServices({ output: place })
})
afterAll(async () => {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

async function sampled({ model, textEncoder }: CheckpointValues, run: ReferenceRun): Promise<Tensor> {
  if (!textEncoder) throw new Error('The folder has text encoders')
  const sigmas = run.sigmas.map((sigma) => sigma ?? 0)
  const encoded = async (text: string) => {
    const conditioning = await encodeText(services, textEncoder, text, 1)
    const { distilledGuidance } = run
    return distilledGuidance === undefined ? conditioning : withEach(conditioning, { distilledGuidance })
  }
  const latents = { tensor: zeros('float32', unpacked(run.latents).shape), scale: model.latentScale }
  const start = startRun(model, latents, sigmas, { seed: run.seed, generator: 'torch-cpu' })
  const { signal } = new AbortController()
  const result = await continueRun(services.sessions, model, start, {
    sampler: 'euler',
    sigmas,
    guidanceScale: run.guidanceScale,
    positive: await encoded(run.prompt),
    ...(run.negative !== null && { negative: await encoded(run.negative) }),
    signal,
  })
  return result.latents.tensor
}

function relativeError(got: Tensor, wanted: Tensor): number {
  let [error, size] = [0, 0]
  for (const [index, value] of wanted.data.entries()) {
    error += ((got.data[index] ?? NaN) - value) ** 2
    size += value ** 2
  }
  return Math.sqrt(error / size)
}

describe('from prompt and seed to latents as diffusers’ pipelines, within 1e-3', () => {
  test.each(reference.runs.map((run) => [run.name, run] as const))(
    '%s',
    async (_, run) => {
      const folder = join(place, run.pipeline)
      writeReferencePipeline(folder, reference, run.pipeline)
      const parts = loadCheckpointParts(folder)
      expect(relativeError(await sampled(parts, run), unpacked(run.latents))).toBeLessThan(1e-3)
    },
    60_000,
  )
})
