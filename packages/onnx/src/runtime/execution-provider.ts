import type { AttentionForm } from '../layers/scope.ts'
import { serializeModel, type Model } from '../serialize/model.ts'
import type { AnyTensor } from '../tensor/tensor.ts'
import { RuntimeError } from './runtime-error.ts'
import { attentionTest, productsTest, speedTest, wrongness, type SelfTest } from './self-test.ts'
import { createSessionHost } from './session-host.ts'
import { executionProviders, type ExecutionProvider, type Feeds } from './session.ts'

/** What a person may ask for: one provider, or the best that works. */
export const deviceNames = ['auto', ...executionProviders] as const
export type DeviceName = (typeof deviceNames)[number]

/** What was found out about one provider. */
export interface ProviderReport {
  readonly provider: ExecutionProvider
  readonly usable: boolean
  /** Why it is used, or why not: a sentence to show. */
  readonly reason: string
  /** The form of attention that it computes rightly. */
  readonly attention: AttentionForm
}

export interface ProviderChoice {
  readonly provider: ExecutionProvider
  readonly attention: AttentionForm
  /** One for each provider that was considered, in order. */
  readonly reports: readonly ProviderReport[]
}

/** A model loaded on a provider, which can be run several times. */
export interface LoadedModel {
  run(feeds: Feeds): Promise<Readonly<Record<string, AnyTensor>>>
  release(): Promise<void>
}

export interface ChooseProviderOptions {
  /** This one or none; `auto` (the default) takes the first that works and is no slower than the CPU. */
  readonly device?: DeviceName
  /** Tried in this order; ends with the CPU. Default: all that this system can have. */
  readonly candidates?: readonly ExecutionProvider[]
  /** Loads a model on a provider. Default: in a process of its own, since a driver may take its process down. */
  readonly load?: (model: Model, provider: ExecutionProvider) => LoadedModel
}

const homes: Readonly<
  Partial<Record<ExecutionProvider, { readonly platforms: readonly string[]; readonly name: string }>>
> = {
  cuda: { platforms: ['linux', 'win32'], name: 'Linux and Windows' },
  dml: { platforms: ['win32'], name: 'Windows' },
  coreml: { platforms: ['darwin'], name: 'macOS' },
}

/**
 * Tries one provider after another on small graphs whose answers are known, and takes the first that gives them.
 * Throws `no-provider` where the device asked for does not work.
 */
export async function chooseProvider({
  device = 'auto',
  candidates = executionProviders,
  load,
}: ChooseProviderOptions = {}): Promise<ProviderChoice> {
  if (load) return choose(device, candidates, load)
  const host = createSessionHost()
  try {
    return await choose(device, candidates, (model, provider) => host.open(model, { provider }))
  } finally {
    await host.close()
  }
}

type Load = NonNullable<ChooseProviderOptions['load']>

async function choose(
  device: DeviceName,
  candidates: readonly ExecutionProvider[],
  load: Load,
): Promise<ProviderChoice> {
  const reports: ProviderReport[] = []
  for (const provider of device === 'auto' ? candidates : [device]) {
    const tested = await testProvider(provider, load)
    const report = tested.usable && device === 'auto' ? await againstCpu(tested, load) : tested
    reports.push(report)
    if (report.usable) return { provider, attention: report.attention, reports }
  }
  const found = reports.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ')
  throw new RuntimeError(
    'no-provider',
    device === 'auto'
      ? `No device works here. ${found}`
      : `The device "${device}" cannot be used here. ${found}. "auto" takes what works; "cpu" works everywhere`,
  )
}

/** Runs the self-tests of one provider. */
export async function testProvider(provider: ExecutionProvider, load: Load): Promise<ProviderReport> {
  const refused = (reason: string): ProviderReport => ({ provider, usable: false, reason, attention: 'chunked' })
  const home = homes[provider]
  if (home && !home.platforms.includes(process.platform)) return refused(`exists on ${home.name} only`)
  const products = await problemOf(productsTest(), provider, load)
  if (products)
    return refused(products.failed ? products.problem : `its matrix products and convolutions: ${products.problem}`)
  const fused = await problemOf(attentionTest(), provider, load)
  if (!fused) return { provider, usable: true, reason: 'passed its self-test', attention: 'fused' }
  const reason = `passed its self-test but for fused attention, which ${fused.problem}: attention is computed in chunks`
  return { provider, usable: true, reason, attention: 'chunked' }
}

async function problemOf(
  test: SelfTest,
  provider: ExecutionProvider,
  load: Load,
): Promise<{ problem: string; failed: boolean } | undefined> {
  try {
    const model = load(serializeModel(test.graph), provider)
    const results = await model.run(test.feeds).finally(() => model.release().catch(() => undefined))
    const problem = wrongness(test, results['y'])
    return problem === undefined ? undefined : { problem, failed: false }
  } catch (error) {
    return { problem: refusalOf(provider, error), failed: true }
  }
}

/** What is missing where a provider does not load, by the words ONNX Runtime has for it. */
const remedies: readonly (readonly [provider: ExecutionProvider, sign: RegExp, remedy: string])[] = [
  [
    'cuda',
    /load shared library|not (built|compiled)|backend not found/i,
    'its libraries are not installed. With an NVIDIA driver, CUDA 12 and cuDNN 9 in place, run ' +
      '"ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install"',
  ],
  [
    'webgpu',
    /adapter/i,
    'no graphics adapter was found. It needs a Vulkan driver on Linux (the one of the graphics card, or Mesa 25), ' +
      'Direct3D 12 on Windows, Metal on macOS',
  ],
]

/**
 * Why a provider does not load: what to do about it where that is known, else the runtime's words without its places in
 * code.
 */
function refusalOf(provider: ExecutionProvider, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const known = remedies.find(([owner, sign]) => owner === provider && sign.test(message))
  return known?.[2] ?? message.replace(/\/onnxruntime_src\S+ (\S+::\S+.* was false\. )?/, '').trim()
}

/** A provider that is slower than the CPU is a software driver, or not worth its copies. */
async function againstCpu(report: ProviderReport, load: Load): Promise<ProviderReport> {
  if (report.provider === 'cpu') return report
  const [own, cpu] = [await timeOf(report.provider, load), await timeOf('cpu', load)]
  if (own <= cpu) return { ...report, reason: `${report.reason}; ${(cpu / own).toFixed(1)} × as fast as the CPU` }
  return {
    ...report,
    usable: false,
    reason: `works, but is ${(own / cpu).toFixed(1)} × slower than the CPU: ask for it by name to use it`,
  }
}

async function timeOf(provider: ExecutionProvider, load: Load): Promise<number> {
  const { graph, feeds } = speedTest()
  const model = load(serializeModel(graph), provider)
  try {
    let best = Infinity
    await model.run(feeds)
    for (let index = 0; index < 3; index++) {
      const start = performance.now()
      await model.run(feeds)
      best = Math.min(best, performance.now() - start)
    }
    return best
  } finally {
    await model.release()
  }
}
