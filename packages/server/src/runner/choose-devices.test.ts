import { expect, test } from 'vitest'
import { chooseDevices } from './choose-devices.ts'

const quiet = { info: () => undefined, debug: () => undefined }

test('each device has one runner, however often it is named', async () => {
  const devices = await chooseDevices(['cpu', 'cpu:2', 'cpu'], quiet)
  expect(devices.map(({ name, threads }) => [name, threads])).toEqual([
    ['cpu', undefined],
    ['cpu:2', 2],
  ])
})

test('the CPU is taken where none is named', async () => {
  expect((await chooseDevices([], quiet)).map(({ name }) => name)).toEqual(['cpu'])
})

test('what was tried is told with its reason, and what was chosen with what it was preferred to', async () => {
  const tried: object[] = []
  const chosen: object[] = []
  const [device] = await chooseDevices(['auto'], {
    info: (fields: object) => void chosen.push(fields),
    debug: (fields: object) => void tried.push(fields),
  })
  expect(tried).toContainEqual(expect.objectContaining({ provider: device.provider, usable: true }))
  for (const fields of tried) expect(fields).toHaveProperty('reason', expect.stringMatching(/.{10}/))
  expect(chosen).toEqual([expect.objectContaining({ device: device.name, passedBy: expect.any(Array) as unknown })])
})
