import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTinyTraining, tinyTrainings, type TinyTraining } from '../../testing/tiny-trainings.ts'

let place: string
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-killed-'))
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const script = join(import.meta.dirname, '../../testing/train-until-killed.ts')
const [killedAt, lastStep] = [3, 5]

/** Trains in a process of its own, which is killed in the middle of a step; resolves to the signal that ended it. */
function trainUntilKilled(name: TinyTraining, folder: string): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const args = ['--conditions=patchbay-source', '--import', 'tsx', script, name, folder]
    const child = spawn(process.execPath, [...args, String(lastStep), String(killedAt)], { stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (_code, signal) => resolve(signal))
  })
}

const trainings = Object.keys(tinyTrainings) as TinyTraining[]

test.each(trainings)(
  '%s, killed in mid-training, goes on from its last state and ends with the same bits',
  async (name) => {
    const [killed, unbroken] = [join(place, name, 'killed'), join(place, name, 'unbroken')]
    expect(await trainUntilKilled(name, killed)).toBe('SIGKILL')
    const told: number[] = []
    await runTinyTraining(name, killed, lastStep, (step) => told.push(step))
    expect(told).toEqual([3, 4, 5])
    await runTinyTraining(name, unbroken, lastStep)
    const weightsIn = (folder: string) => readFileSync(join(folder, tinyTrainings[name]))
    expect(weightsIn(killed).equals(weightsIn(unbroken))).toBe(true)
  },
  120_000,
)
