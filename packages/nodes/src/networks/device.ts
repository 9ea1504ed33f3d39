import {
  chooseProvider,
  deviceNames,
  type AttentionForm,
  type ChooseProviderOptions,
  type ExecutionProvider,
  type ProviderReport,
} from '@patchbay/onnx'

/** What models run on. */
export interface Device {
  /** As it is shown, and as it may be asked for: `cuda`, `cpu:4`. */
  readonly name: string
  readonly provider: ExecutionProvider
  /** The fastest form of attention that the provider computes rightly. */
  readonly attention: AttentionForm
  /** Threads of one operator; all cores where not given. */
  readonly threads?: number
}

/** The CPU with all its cores, whose operators are those that every other device is tested against. */
export const cpuDevice: Device = { name: 'cpu', provider: 'cpu', attention: 'fused' }

/**
 * Tries what `text` asks for, such as `auto`, `webgpu` or `cpu:4` (four threads), on graphs whose answers are known.
 * The reports say why each provider that was considered is used or not; the CPU asked for by name needs no trial.
 * @throws Error that says what is missing, where a provider is asked for by name and does not work
 */
export async function chooseDevice(
  text: string,
  options: Omit<ChooseProviderOptions, 'device'> = {},
): Promise<{ readonly device: Device; readonly reports: readonly ProviderReport[] }> {
  const [, name, threads] = /^([a-z]+)(?::([1-9]\d{0,3}))?$/.exec(text) ?? []
  const asked = deviceNames.find((known) => known === name)
  if (asked === undefined) {
    const choices = deviceNames.join(', ')
    throw new Error(
      `"${text}" is no device: choose one of ${choices}; a number behind it is how many threads it takes: cpu:4.`,
    )
  }
  const suffix = threads === undefined ? '' : `:${threads}`
  const limit = threads === undefined ? {} : { threads: Number(threads) }
  if (asked === 'cpu') return { device: { ...cpuDevice, name: `cpu${suffix}`, ...limit }, reports: [] }
  const { provider, attention, reports } = await chooseProvider({ ...options, device: asked })
  return { device: { name: `${provider}${suffix}`, provider, attention, ...limit }, reports }
}
