import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let place: string
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-killed-'))
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const script = join(import.meta.dirname, '../../testing/train-until-killed.ts')
const lastStep = 8

/** Trains in a process of its own, which is killed once it has told of a step; resolves to the steps that it told of. */
function trainIn(folder: string, killAt = Infinity): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const args = ['--conditions=patchbay-source', '--import', 'tsx', script, folder, String(lastStep)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const steps: number[] = []
    child.stdout.on('data', (told: Buffer) => {
      steps.push(...told.toString().trim().split(/\s+/).map(Number))
      if (Math.max(...steps) >= killAt) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(steps))
  })
}

test('a training that is killed at any moment goes on from its last state and ends with the same bits', async () => {
  const [killed, unbroken] = [join(place, 'killed'), join(place, 'unbroken')]
  const before = await trainIn(killed, 3)
  expect(Math.max(...before)).toBeLessThan(lastStep)
  const again = await trainIn(killed, 6)
  expect(Math.min(...again)).toBeGreaterThan(1)
  const last = await trainIn(killed)
  expect(last.at(-1)).toBe(lastStep)
  expect(await trainIn(unbroken)).toHaveLength(lastStep)
  const weightsIn = (folder: string) => readFileSync(join(folder, 'vae/vae.safetensors'))
  expect(weightsIn(killed).equals(weightsIn(unbroken))).toBe(true)
}, 120_000)
