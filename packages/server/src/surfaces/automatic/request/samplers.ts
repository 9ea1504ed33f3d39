import { listed, nearestName } from '@patchbay/engine'
import { type SamplerName, type SchedulerName, samplerNames, schedulerNames } from '@patchbay/nodes/diffusion'
import { Failure } from '../../../failure.ts'

interface KnownSampler {
  readonly label: string
  readonly sampler: SamplerName
  readonly aliases: readonly string[]
  /** What AUTOMATIC1111 chooses where the scheduler is left to it. */
  readonly scheduler: SchedulerName
}
const known = (
  label: string,
  sampler: SamplerName,
  scheduler: SchedulerName = 'normal',
  ...aliases: readonly string[]
): KnownSampler => ({ label, sampler, scheduler, aliases })

/** AUTOMATIC1111's samplers, in its order. */
const samplers: readonly KnownSampler[] = [
  known('DPM++ 2M', 'dpmpp_2m', 'karras', 'k_dpmpp_2m'),
  known('DPM++ SDE', 'dpmpp_sde', 'karras', 'k_dpmpp_sde'),
  known('DPM++ 2M SDE', 'dpmpp_2m_sde', 'exponential', 'k_dpmpp_2m_sde'),
  known('DPM++ 2M SDE Heun', 'dpmpp_2m_sde_heun', 'exponential', 'k_dpmpp_2m_sde_heun'),
  known('DPM++ 2S a', 'dpmpp_2s_ancestral', 'karras', 'k_dpmpp_2s_a'),
  known('DPM++ 3M SDE', 'dpmpp_3m_sde', 'exponential', 'k_dpmpp_3m_sde'),
  known('Euler a', 'euler_ancestral', 'normal', 'k_euler_a', 'k_euler_ancestral'),
  known('Euler', 'euler', 'normal', 'k_euler'),
  known('LMS', 'lms', 'normal', 'k_lms'),
  known('Heun', 'heun', 'normal', 'k_heun'),
  known('DPM2', 'dpm_2', 'karras', 'k_dpm_2'),
  known('DPM2 a', 'dpm_2_ancestral', 'karras', 'k_dpm_2_a'),
  known('DPM fast', 'dpm_fast', 'normal', 'k_dpm_fast'),
  known('DPM adaptive', 'dpm_adaptive', 'normal', 'k_dpm_ad'),
  known('DDIM', 'ddim', 'ddim_uniform'),
  known('UniPC', 'uni_pc', 'normal'),
  known('LCM', 'lcm', 'normal', 'k_lcm'),
]
interface KnownScheduler {
  readonly name: string
  readonly label: string
  readonly scheduler: SchedulerName | 'automatic'
}
/** AUTOMATIC1111's schedulers. */
const schedulers: readonly KnownScheduler[] = [
  { name: 'automatic', label: 'Automatic', scheduler: 'automatic' },
  { name: 'uniform', label: 'Uniform', scheduler: 'normal' },
  { name: 'karras', label: 'Karras', scheduler: 'karras' },
  { name: 'exponential', label: 'Exponential', scheduler: 'exponential' },
  // Its exponent is 1, with which the levels are those of "exponential".
  { name: 'polyexponential', label: 'Polyexponential', scheduler: 'exponential' },
  { name: 'sgm_uniform', label: 'SGM Uniform', scheduler: 'sgm_uniform' },
  { name: 'kl_optimal', label: 'KL Optimal', scheduler: 'kl_optimal' },
  { name: 'simple', label: 'Simple', scheduler: 'simple' },
  { name: 'normal', label: 'Normal', scheduler: 'normal' },
  { name: 'ddim', label: 'DDIM', scheduler: 'ddim_uniform' },
  { name: 'beta', label: 'Beta', scheduler: 'beta' },
]
const plain = (name: string): string => name.toLowerCase().trim().replaceAll(/\s+/g, ' ')
const underscored = (name: string): string => plain(name).replaceAll(' ', '_')

/** Samplers as `/samplers` lists them: AUTOMATIC1111's under its names, then those that only are here. */
export const samplerList: readonly {
  readonly name: string
  readonly aliases: readonly string[]
  readonly scheduler?: string
}[] = [
  ...samplers.map(({ label, aliases, sampler, scheduler }) => ({
    name: label,
    aliases: [...aliases, sampler],
    scheduler,
  })),
  ...samplerNames
    .filter((name) => !samplers.some(({ sampler }) => sampler === name))
    .map((name) => ({ name, aliases: [] })),
]
/** Schedulers as `/schedulers` lists them. */
export const schedulerList: readonly { readonly name: string; readonly label: string }[] = [
  ...schedulers.map(({ name, label }) => ({ name, label })),
  ...schedulerNames
    .filter((name) => !schedulers.some((other) => other.scheduler === name || other.name === name))
    .map((name) => ({ name, label: name })),
]

function samplerNamed(name: string): { sampler: SamplerName; scheduler: SchedulerName } | undefined {
  const wanted = plain(name)
  const found = samplers.find(
    ({ label, aliases, sampler }) =>
      plain(label) === wanted || aliases.includes(wanted) || sampler === underscored(name),
  )
  const own = samplerNames.find((own) => own === underscored(name))
  return found ?? (own && { sampler: own, scheduler: 'normal' })
}

function schedulerNamed(name: string): SchedulerName | 'automatic' | undefined {
  const found = schedulers.find((one) => plain(one.label) === plain(name) || one.name === underscored(name))
  return found?.scheduler ?? schedulerNames.find((own) => own === underscored(name))
}

function refuse(field: string, name: string, names: readonly string[], list: string): never {
  const meant = nearestName(name, names)
  const nearest = meant === undefined ? '' : ` Did you mean "${meant}"?`
  throw new Failure('invalid-request', `There is no ${field} "${name}".${nearest}`, {
    hint: `GET /sdapi/v1/${list} lists those that there are: ${listed(names)}.`,
  })
}

export interface Sampling {
  readonly sampler: SamplerName
  readonly scheduler: SchedulerName
}

/**
 * A sampler by AUTOMATIC1111's name or ours, and its scheduler. Older names join both: `DPM++ 2M Karras`. "Automatic"
 * is what AUTOMATIC1111 takes for that sampler.
 * @throws {Failure} `invalid-request` for a name that is not there.
 */
export function samplingOf(name: string, scheduler = 'Automatic'): Sampling {
  const joined = samplerNamed(name) ? undefined : joinedName(name)
  const found = joined ?? samplerNamed(name)
  if (!found)
    refuse(
      'sampler',
      name,
      samplerList.map((one) => one.name),
      'samplers',
    )
  const rule = joined?.chosen ?? schedulerNamed(scheduler)
  if (rule === undefined)
    refuse(
      'scheduler',
      scheduler,
      schedulerList.map(({ label }) => label),
      'schedulers',
    )
  return { sampler: found.sampler, scheduler: rule === 'automatic' ? found.scheduler : rule }
}

/** A sampler with its scheduler behind it. */
function joinedName(name: string): (Sampling & { readonly chosen: KnownScheduler['scheduler'] }) | undefined {
  for (const { label, name: id, scheduler } of schedulers) {
    for (const end of [label, id].filter((end) => underscored(name).endsWith(`_${underscored(end)}`))) {
      const found = samplerNamed(name.trim().slice(0, -end.length - 1))
      if (found) return { ...found, chosen: scheduler }
    }
  }
  return undefined
}

/** AUTOMATIC1111's names of a sampler and a scheduler, as it writes them into pictures. */
export function labelsOf({ sampler, scheduler }: Sampling): { readonly sampler: string; readonly scheduler: string } {
  return {
    sampler: samplers.find((one) => one.sampler === sampler)?.label ?? sampler,
    scheduler: schedulers.find((one) => one.scheduler === scheduler)?.label ?? scheduler,
  }
}
