import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute, validateWorkflow } from '@patchbay/engine'
import { cpuDevice } from '@patchbay/nodes'
import { pictureWorkflow } from '../surfaces/pictures/text-to-image.ts'
import { type WeightCacheOptions, createLocalHost, localWeightCache } from './local-host.ts'

/**
 * Draws with the bundled checkpoint where no memory is free, so that it counts as a large model; gives what the cache
 * then holds.
 */
async function copiesAfter(options: WeightCacheOptions): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-local-'))
  const copies = await localWeightCache({ weightCache: join(folder, 'weights'), ...options })
  const device = { ...cpuDevice, memory: 0 }
  const { registry, services } = createLocalHost({ device, copies, output: join(folder, 'output') })
  const document = pictureWorkflow({ prompt: 'a cat', width: 64, height: 64, count: 1, seed: 1, steps: 1 })
  const validated = await validateWorkflow(document, registry, { services })
  if (!validated.ok) throw new Error(JSON.stringify(validated.issues))
  expect(await execute(validated.plan, { services }).result).toMatchObject({ state: 'succeeded' })
  const cache = join(folder, 'weights')
  return existsSync(cache) ? readdirSync(cache) : []
}

test(
  'a run without a server keeps float32 copies of large models, as the server does',
  { timeout: 60_000 },
  async () => {
    expect((await copiesAfter({ weightCacheSize: '1GB' })).length).toBeGreaterThan(0)
  },
)

test('no copies are kept where their size is 0', { timeout: 60_000 }, async () => {
  expect(await copiesAfter({ weightCacheSize: '0' })).toEqual([])
})

test('a size that is none is refused by the name of its option', () => {
  expect(() => localWeightCache({ weightCacheSize: 'much' })).toThrow('--weight-cache-size takes a size such as 512MB')
})
