import { expect, test } from 'vitest'
import { chooseDevices } from './choose-devices.ts'

const quiet = { info: () => undefined }

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

test('what was tried is told with its reason', async () => {
  const told: object[] = []
  const [device] = await chooseDevices(['auto'], { info: (fields: object) => void told.push(fields) })
  expect(told).toContainEqual(expect.objectContaining({ provider: device.provider, usable: true }))
  for (const fields of told.slice(0, -1)) expect(fields).toHaveProperty('reason', expect.stringMatching(/.{10}/))
})
