import { expect, test } from 'vitest'
import type { Preview, RunContext } from '@patchbay/engine'
import { full } from '@patchbay/onnx/tensor'
import type { Services } from '../host/services.ts'
import { createSessions } from '../networks/sessions.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { LatentProjection } from './latent-preview.ts'
import { stepReporter } from './step-reporter.ts'

const projection: LatentProjection = { weights: Array.from({ length: 4 }, () => [0, 0, 0]), bias: [1, 0, 0] }
const denoised = full('float32', [1, 4, 2, 2], 0)
// A decoder that was exported is too slow to show each step.
const model = {
  family: 'sd1',
  latentChannels: 4,
  previewAutoencoder: { key: 'vae', part: { exported: {} } },
} as unknown as DiffusionModel

/** Reports the steps of a run of so many; answers with the pictures, and the keys that a projection was learnt for. */
async function reported(steps: number) {
  const [pictures, learnt]: [Preview[], string[]] = [[], []]
  const sessions = {
    remember: (key: string) => {
      learnt.push(key)
      return Promise.resolve(projection)
    },
  }
  const reporter = await stepReporter(model, steps, {
    signal: new AbortController().signal,
    progress: () => undefined,
    preview: (picture: Preview) => void pictures.push(picture),
    services: { sessions, namesIn: () => Promise.resolve([]) },
  } as unknown as RunContext<Services>)
  for (let step = 1; step <= steps; step++) {
    reporter.onStep({ step, sigma: 1, denoised })
    await reporter.done()
  }
  return { pictures, learnt }
}

test('a projection is learnt with the first picture, and serves the rest of the run', async () => {
  const { pictures, learnt } = await reported(3)
  expect([pictures.length, learnt]).toEqual([3, ['latent-projection|vae']])
})

test('a run of one step learns none, since its result follows at once', async () => {
  expect(await reported(1)).toEqual({ pictures: [], learnt: [] })
})

test('what was made of a model is kept beside the sessions, and what failed is made anew', async () => {
  const sessions = createSessions()
  let made = 0
  const make = () => Promise.resolve(++made)
  await expect(sessions.remember('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await Promise.all([sessions.remember('a', make), sessions.remember('a', make)])).toEqual([1, 1])
  expect(await sessions.remember('b', make)).toBe(2)
})
