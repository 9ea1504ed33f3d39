import { nearestName } from '@patchbay/engine'
import { z } from 'zod'
import { Failure } from '../../../failure.ts'

/** The settings of AUTOMATIC1111 that act here, by its names. */
const acting = z.object({
  sd_model_checkpoint: z.string().optional(),
  sd_vae: z.string().optional(),
  CLIP_stop_at_last_layers: z.int().min(1).max(24).optional(),
  samples_format: z.enum(['png', 'jpg', 'jpeg', 'webp']).optional(),
  img2img_fix_steps: z.boolean().optional(),
})
export type ActingSettings = z.infer<typeof acting>
export const actingSettings: readonly string[] = Object.keys(acting.shape)

/** Settings that a picture depends on there, with the one value that is done here. */
const onlyWith: { readonly [name: string]: readonly unknown[] } = {
  eta_noise_seed_delta: [0],
  eta_ancestral: [1],
  eta_ddim: [0],
  initial_noise_multiplier: [1],
  token_merging_ratio: [0],
  token_merging_ratio_img2img: [0],
  token_merging_ratio_hr: [0],
  tiling: [false],
  face_restoration: [false],
  randn_source: ['CPU', 'GPU', 'NV'],
  sd_hypernetwork: ['None', ''],
  sd_lora: ['None', ''],
  use_old_karras_scheduler_sigmas: [false],
  upcast_attn: [false],
  sdxl_clip_l_skip: [false],
}
/** Settings of files, previews and the page there, which no pixel depends on. */
const bookkeeping =
  /^(samples_|grid_|save_|outdir_|directories_|show_|live_preview|return_|do_not_show|enable_pnginfo|add_|api_|n_rows|send_|export_|jpeg_quality|webp_|use_original_name|ui_|quicksettings|multiple_tqdm|print_|list_|memmon|sd_checkpoint_hash$|sd_checkpoints_|sd_checkpoint_cache|notification_|localization|filter_nsfw|interrogate_|samplers_in_ui|hidden_|hide_|font|temp_dir|clean_temp)/

/**
 * Settings that came with a request, or that are set for all.
 * @throws {Failure} `invalid-request` that names each one that is not followed here, or has another type.
 */
export function settingsOf(given: { readonly [name: string]: unknown }, field: string): ActingSettings {
  const refused = Object.entries(given).flatMap(([name, value]): string[] => {
    if (value === null || actingSettings.includes(name) || (bookkeeping.test(name) && !Object.hasOwn(onlyWith, name)))
      return []
    const values = Object.hasOwn(onlyWith, name) ? onlyWith[name] : undefined
    if (values?.includes(value)) return []
    if (values) return [`${field}.${name}: only ${values.map((one) => JSON.stringify(one)).join(', ')} is done here.`]
    const meant = nearestName(name, actingSettings)
    return [
      `${field}.${name}: this setting is not followed here.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
    ]
  })
  const read = acting.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== '')),
  )
  if (!read.success)
    refused.push(...read.error.issues.map(({ path, message }) => `${field}.${path.join('.')}: ${message}.`))
  if (refused.length > 0 || !read.success) {
    throw new Failure('invalid-request', refused.join(' '), { hint: `There are ${actingSettings.join(', ')}.` })
  }
  return read.data
}
