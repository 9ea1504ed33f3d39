import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { chooseProvider, type ChooseProviderOptions } from './execution-provider.ts'
import { attentionTest, productsTest, wrongness } from './self-test.ts'
import { Session, evaluate, type ExecutionProvider } from './session.ts'

/** Runs everything on the CPU of this process; `spoil` changes what a provider gives, or throws. */
function pretending(
  spoil: (provider: ExecutionProvider, values: Float32Array) => void,
  delay: Partial<Record<ExecutionProvider, number>> = {},
): NonNullable<ChooseProviderOptions['load']> {
  return (model, provider) => ({
    run: async (feeds) => {
      const session = await Session.create(model, { threads: 1 })
      const { y } = await session.run(feeds)
      await session.dispose()
      await new Promise((resolve) => setTimeout(resolve, delay[provider] ?? 0))
      const values = Float32Array.from(y!.data as Float32Array)
      spoil(provider, values)
      return { y: float32(y!.shape, values) }
    },
    release: async () => undefined,
  })
}

const candidates = ['webgpu', 'cpu'] as const
const attentionValues = 96 * 80

describe('the self-tests', () => {
  test('are passed by the CPU of ONNX Runtime, and would fail for a wrong value', async () => {
    for (const selfTest of [productsTest(), attentionTest()]) {
      const { y } = await evaluate(selfTest.graph, selfTest.feeds)
      expect(wrongness(selfTest, y)).toBeUndefined()
      const values = Float32Array.from(y!.data as Float32Array)
      values[7]! += 0.02
      expect(wrongness(selfTest, float32(y!.shape, values))).toMatch(/is wrong by \d\.\de-2 of the largest value/)
      values[7] = NaN
      expect(wrongness(selfTest, float32(y!.shape, values))).toMatch(/gives NaN/)
      expect(wrongness(selfTest, undefined)).toMatch(/gave 0 values/)
    }
  })
})

describe('choosing a provider', () => {
  test('takes the first that is right, and says how much faster it is', async () => {
    const load = pretending(() => undefined, { cpu: 300 })
    const choice = await chooseProvider({ candidates, load })
    expect(choice).toMatchObject({ provider: 'webgpu', attention: 'fused' })
    expect(choice.reports[0]?.reason).toMatch(/passed its self-test; .* × as fast as the CPU/)
  })

  test('computes attention in chunks where the fused operator is wrong', async () => {
    const load = pretending((provider, values) => {
      if (provider === 'webgpu' && values.length === attentionValues) values[0]! += 0.1
    })
    const choice = await chooseProvider({ device: 'webgpu', load })
    expect(choice).toMatchObject({ provider: 'webgpu', attention: 'chunked' })
    expect(choice.reports[0]?.reason).toMatch(/but for fused attention, which is wrong by/)
  })

  test('passes by one that is wrong, one that cannot be loaded and one that is slower, each with its reason', async () => {
    const wrong = pretending((provider, values) => {
      if (provider === 'webgpu') values[0]!++
    })
    const broken = pretending((provider) => {
      if (provider === 'webgpu') throw new Error('Device lost')
    })
    const slow = pretending(() => undefined, { webgpu: 300 })
    for (const [load, reason] of [
      [wrong, /its matrix products and convolutions: is wrong by/],
      [broken, /Device lost/],
      [slow, /works, but is .* × slower than the CPU: ask for it by name/],
    ] as const) {
      const choice = await chooseProvider({ candidates, load })
      expect(choice.provider).toBe('cpu')
      expect(choice.reports.map(({ provider, usable }) => [provider, usable])).toEqual([
        ['webgpu', false],
        ['cpu', true],
      ])
      expect(choice.reports[0]?.reason).toMatch(reason)
    }
  })

  test('uses a slow one that is asked for by name, and no other where it does not work', async () => {
    const slow = pretending(() => undefined, { webgpu: 100 })
    expect((await chooseProvider({ device: 'webgpu', load: slow })).provider).toBe('webgpu')
    const foreign = process.platform === 'darwin' ? 'dml' : 'coreml'
    await expect(chooseProvider({ device: foreign, load: slow })).rejects.toThrow(
      `The device "${foreign}" cannot be used here. ${foreign}: exists on`,
    )
  })

  test('says what is missing where a provider does not load, and the words of the runtime where that is unknown', async () => {
    const refusal = async (device: 'cuda' | 'webgpu', message: string): Promise<string> => {
      const load = pretending(() => {
        throw new Error(message)
      })
      return chooseProvider({ device, load }).then(String, (error: Error) => error.message)
    }
    const place =
      '/onnxruntime_src/onnxruntime/core/webgpu_context.cc:136 onnxruntime::Initialize(Config&) a == b was false. '
    const library = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'
    expect(await refusal('cuda', library)).toMatch(/libraries are not installed.* run "ONNXRUNTIME_NODE_INSTALL=cuda12/)
    expect(await refusal('webgpu', `${place}Failed to get a WebGPU adapter`)).toMatch(/no graphics adapter was found/)
    expect(await refusal('webgpu', `${place}Device lost`)).toMatch(/webgpu: Device lost\. "auto" takes what works/)
  })

  test('comes to an answer on this machine, in a process of its own', async () => {
    const { provider, reports } = await chooseProvider()
    expect(reports.at(-1)).toMatchObject({ provider, usable: true })
    for (const { reason } of reports) expect(reason.length).toBeGreaterThan(10)
  })

  test('is waited for by a program that does nothing else', async () => {
    const url = new URL('./execution-provider.ts', import.meta.url).href
    const program = `const { chooseProvider } = await import('${url}'); console.log((await chooseProvider({ device: 'cpu' })).provider)`
    const args = ['--conditions=patchbay-source', '--import', 'tsx', '--input-type=module', '-e', program]
    expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('cpu\n')
  })
})
