import { ConfigError, configFields } from '../weights/config-fields.ts'
import { betaScheduleNames } from '../diffusion/process/beta-schedule.ts'
import { diffusionProcess, flowProcess, type NoiseProcess } from '../diffusion/process/noise-process.ts'
import type { TimestepSpacing } from '../diffusion/process/timestep-spacing.ts'

/**
 * Reads diffusers' `scheduler/scheduler_config.json`: how noise was added in training, whatever scheduler class it
 * names.
 * @throws ConfigError where it names a beta schedule or a prediction type that is not known
 */
export function parseNoiseProcess(json: unknown, title = 'scheduler/scheduler_config.json'): NoiseProcess {
  const fields = configFields(title, json)
  if (fields.text('_class_name', '').startsWith('FlowMatch')) return flowProcess({ shift: fields.number('shift', 1) })
  const predictions = { epsilon: 'epsilon', v_prediction: 'v', sample: 'sample' } as const
  const prediction = fields.text('prediction_type', 'epsilon')
  const known = Object.entries(predictions).find(([name]) => name === prediction)
  if (!known) {
    throw new ConfigError(
      `${title}: "prediction_type" is "${prediction}"; supported are ${Object.keys(predictions).join(', ')}`,
    )
  }
  const schedule = fields.text('beta_schedule', 'scaled_linear')
  const name = betaScheduleNames.find((known) => known === schedule)
  if (!name) {
    throw new ConfigError(`${title}: "beta_schedule" is "${schedule}"; supported are ${betaScheduleNames.join(', ')}`)
  }
  return diffusionProcess({
    predictionType: known[1],
    betas: {
      name,
      betaStart: fields.number('beta_start', 0.00085),
      betaEnd: fields.number('beta_end', 0.012),
      timesteps: fields.number('num_train_timesteps', 1000),
    },
    zeroTerminalSnr: fields.toggle('rescale_betas_zero_snr', false),
    terminalSignal: 2 ** -24,
    spacing: spacingOf(fields, title),
  })
}

/**
 * Scheduler classes that space timesteps from end to end where their config does not say; the others count from the
 * cleanest.
 */
const linearByDefault = /^(Euler|Heun|LMS|KDPM2|DPMSolver|DEIS|UniPC)/

function spacingOf(fields: ReturnType<typeof configFields>, title: string): TimestepSpacing {
  const scheduler = fields.text('_class_name', '')
  if (scheduler === 'LCMScheduler') {
    return { rule: 'consistency', originalSteps: fields.number('original_inference_steps', 50) }
  }
  const rule = fields.text('timestep_spacing', linearByDefault.test(scheduler) ? 'linspace' : 'leading')
  if (rule !== 'leading' && rule !== 'trailing' && rule !== 'linspace') {
    throw new ConfigError(`${title}: "timestep_spacing" is "${rule}"; supported are leading, trailing and linspace`)
  }
  return { rule, ...(rule === 'leading' && { offset: fields.number('steps_offset', 0) }) }
}
