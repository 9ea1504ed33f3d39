import { expect, test } from 'vitest'
import { sample } from './sample.ts'
import { sigmas } from './sigmas.ts'
import { splitSigmas } from './split-sigmas.ts'

const cost = { flopsOnce: 0, flopsPerCell: 1, flopsPerPair: 0, bytesPerCell: 1 }
const model = { latentScale: 8, nativeSize: 64, cost }
const latents = { isEmpty: true, width: 64, height: 64 }
const services = { sessions: {} } as never

async function flopsOf(links: Readonly<Record<string, Record<string, number>>>): Promise<number | undefined> {
  const facts = { values: { steps: 20, sampler: 'euler' }, links: { model, latents, ...links } } as const
  return (await sample.estimate?.(facts, services))?.flops
}

test('an estimate counts the steps of the sigmas that are linked, whole or split', async () => {
  const whole = (await sigmas.traits?.({ values: { steps: 10 }, links: {} }, services))?.sigmas ?? {}
  const parts = await splitSigmas.traits?.({ values: { step: 8 }, links: { sigmas: whole } }, services)
  const each = (await flopsOf({})) ?? NaN
  expect(await flopsOf({ sigmas: whole as Record<string, number> })).toBeCloseTo(each / 2)
  expect(await flopsOf({ sigmas: parts?.high as Record<string, number> })).toBeCloseTo((each * 8) / 20)
  expect(await flopsOf({ sigmas: parts?.low as Record<string, number> })).toBeCloseTo((each * 2) / 20)
})
