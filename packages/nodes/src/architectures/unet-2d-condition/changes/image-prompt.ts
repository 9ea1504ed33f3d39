import { featureMap, linear, ops, toSequence, type LayerHooks, type Value } from '@patchbay/onnx'
import type { ImagePromptChange } from '../../kinds/network-change.ts'

/** What the change needs of its inputs. */
export interface ImagePromptInputs {
  /** [batch, tokens, width] */
  readonly tokens: Value
  /** [] */
  readonly strength: Value
  /** [batch, 1, height, width] of the latents; where the picture counts. */
  readonly mask?: Value | undefined
}

/**
 * Decoupled cross-attention (Ye et al. 2023, IP-Adapter, eq. 5): `attend(q, k, v) + strength · attend(q, k′, v′)`,
 * with `k′ = to_k_ip.NAME` and `v′ = to_v_ip.NAME` of the picture's tokens.
 */
export function imagePromptHooks(
  { name, places }: ImagePromptChange,
  { tokens, strength, mask }: ImagePromptInputs,
): LayerHooks {
  const own = new Set(places)
  return {
    attention(at, parts, attend) {
      const text = attend(parts)
      if (!parts.isCross || parts.isBeside === true || !own.has(at.prefix)) return text
      const width = Number(parts.key.shape[2])
      const key = linear(at.at('to_k_ip', name), tokens, { out: width, bias: false })
      const value = linear(at.at('to_v_ip', name), tokens, { out: width, bias: false })
      const picture = ops.mul(attend({ ...parts, key, value, isBeside: true }), strength)
      if (!mask || !parts.places) return ops.add(text, picture)
      const { height, width: columns } = parts.places
      const where = toSequence(featureMap(ops.resizeTo(mask, height, columns, 'cubic')))
      return ops.add(text, ops.mul(picture, where))
    },
  }
}
