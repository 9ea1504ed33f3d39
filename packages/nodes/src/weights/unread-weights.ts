import { originOf, type WeightSource } from '@patchbay/onnx'

/**
 * What programs leave in files beside the weights, and what pictures do not depend on: averages, losses and counters of
 * training, its noise schedule, CLIP's table of positions, its mask, temperature and image tower, marks that the family
 * reads.
 */
const leftovers: readonly RegExp[] = [
  /^model_ema\./,
  /^(loss|discriminator)\./,
  /^(betas|\w*alphas_cumprod(_prev)?|posterior_\w+|lvlb_weights|scale_factor|logvar|denoiser\.sigmas)$/,
  /^(v_pred|ztsnr|global_step|epoch)$/,
  /(^|\.)(position_ids|attn_mask|logit_scale|num_updates)$/,
  /^(cond_stage_model|conditioner\.embedders\.\d)\.(model|transformer)\.(visual|vision_model|visual_projection)\./,
]

/** The names of a file that none of its opened parts has taken, and that a picture could depend on. */
export function unreadOf(file: WeightSource, parts: readonly (WeightSource | undefined)[]): readonly string[] {
  const taken = new Set(parts.flatMap((part) => part?.names.flatMap((name) => originsIn(part, name)) ?? []))
  return file.names.filter((name) => !taken.has(name) && !leftovers.some((each) => each.test(name)))
}

function originsIn(part: WeightSource, name: string): readonly string[] {
  const weight = part.get(name)
  return weight ? [originOf(weight)] : []
}

/** What a person is told of names that nothing reads; undefined where there are none. */
export function unreadMessage(title: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  return `${title}: ${counted(names.length)} are not read: ${listed(names)}. If a picture depends on them, it comes out otherwise than in the program that wrote the file.`
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** "1 of its weights", "5 of its weights". */
export const counted = (count: number): string => `${count} of its weights`
