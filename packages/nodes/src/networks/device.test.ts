import { float32, Session, type ChooseProviderOptions } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { chooseDevice } from './device.ts'

/** Every provider is the CPU of this process; fused attention of the others is wrong, as it is on some drivers. */
const load: NonNullable<ChooseProviderOptions['load']> = (model, provider) => ({
  async run(feeds) {
    const session = await Session.create(model, { threads: 1 })
    const { y } = await session.run(feeds)
    await session.dispose()
    const values = Float32Array.from(y?.data as Float32Array)
    if (provider !== 'cpu' && 'q' in feeds) values[0] = 99
    return { y: float32(y?.shape ?? [], values) }
  },
  release: async () => undefined,
})

test('the CPU is taken as it is, with the threads that are asked for', async () => {
  expect(await chooseDevice('cpu')).toEqual({
    device: { name: 'cpu', provider: 'cpu', attention: 'fused' },
    reports: [],
  })
  expect((await chooseDevice('cpu:3')).device).toMatchObject({ name: 'cpu:3', threads: 3 })
})

test('a device computes attention in the form that its self-test allows, and says why', async () => {
  const { device, reports } = await chooseDevice('webgpu:2', { load })
  expect(device).toEqual({ name: 'webgpu:2', provider: 'webgpu', attention: 'chunked', threads: 2 })
  expect(reports[0]?.reason).toContain('but for fused attention')
})

test.each(['gpu', 'cpu:0', 'cpu:', 'cpu:many', '', 'CPU'])('"%s" is refused with what can be chosen', async (text) => {
  await expect(chooseDevice(text)).rejects.toThrow(
    `"${text}" is no device: choose one of auto, cuda, webgpu, dml, coreml, cpu`,
  )
})

test('a device that does not work is refused by its name', async () => {
  const broken: typeof load = () => {
    throw new Error('Failed to load shared library')
  }
  await expect(chooseDevice('webgpu', { load: broken })).rejects.toThrow('The device "webgpu" cannot be used here.')
})
