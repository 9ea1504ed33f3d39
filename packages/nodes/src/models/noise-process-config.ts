import { configFields } from '../architectures/config-fields.ts'
import { ConfigError } from '../architectures/config-fields.ts'
import { diffusionProcess, flowProcess } from '../diffusion/noise-process.ts'
import type { NoiseProcess } from '../diffusion/noise-process.ts'

/**
 * Reads diffusers' `scheduler/scheduler_config.json`: how noise was added in training, whatever scheduler class it names.
 * @throws ConfigError where it names a beta schedule or a prediction type that is not known
 */
export function parseNoiseProcess(json: unknown, title = 'scheduler/scheduler_config.json'): NoiseProcess {
  const fields = configFields(title, json)
  if (fields.text('_class_name', '').startsWith('FlowMatch')) return flowProcess({ shift: fields.number('shift', 1) })
  const predictions = { epsilon: 'epsilon', v_prediction: 'v', sample: 'sample' } as const
  const prediction = fields.text('prediction_type', 'epsilon')
  const known = Object.entries(predictions).find(([name]) => name === prediction)
  if (!known) {
    throw new ConfigError(`${title}: "prediction_type" is "${prediction}"; supported are ${Object.keys(predictions).join(', ')}`)
  }
  const kinds = { linear: 'linear', scaled_linear: 'scaled-linear', squaredcos_cap_v2: 'squaredcos-cap-v2' } as const
  const schedule = fields.text('beta_schedule', 'scaled_linear')
  const kind = Object.entries(kinds).find(([name]) => name === schedule)
  if (!kind) throw new ConfigError(`${title}: "beta_schedule" is "${schedule}"; supported are ${Object.keys(kinds).join(', ')}`)
  return diffusionProcess({
    predictionType: known[1],
    betas: {
      type: kind[1],
      start: fields.number('beta_start', 0.00085),
      end: fields.number('beta_end', 0.012),
      timesteps: fields.number('num_train_timesteps', 1000),
    },
    zeroTerminalSnr: fields.toggle('rescale_betas_zero_snr', false),
  })
}
