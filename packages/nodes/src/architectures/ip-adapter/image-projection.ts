import { activate, attention, layerNorm, linear, ops, type Scope, type Value } from '@patchbay/onnx'

/**
 * How an IP-Adapter (Ye et al. 2023) turns what CLIP sees into tokens beside those of the text: `pooled` takes the
 * picture's embedding (the base adapters), `resampled` and `places` what the layer before the last sees at each place
 * (the plus and the full ones).
 */
export type ImageProjection = {
  /** Tokens that a picture becomes. */
  readonly tokens: number
  /** Values of each, as wide as the text of the model. */
  readonly width: number
  /** Values of what it is given. */
  readonly inputWidth: number
} & (
  | { readonly kind: 'pooled' }
  | { readonly kind: 'places' }
  | { readonly kind: 'resampled'; readonly innerWidth: number; readonly heads: number; readonly layers: number }
)

/** The output of CLIP's image tower that a projection takes. */
export const seenBy = ({ kind }: ImageProjection): 'embedding' | 'penultimate' =>
  kind === 'pooled' ? 'embedding' : 'penultimate'

/**
 * Tokens [pictures, tokens, width] of what CLIP sees: [pictures, inputWidth] of a pooled projection, else [pictures,
 * places, inputWidth]. Parameters under the names of the files, after `image_proj.`.
 */
export function imageProjection(scope: Scope, projection: ImageProjection, seen: Value): Value {
  const { tokens, width } = projection
  switch (projection.kind) {
    case 'pooled': {
      const flat = linear(scope.at('proj'), seen, { out: tokens * width })
      return layerNorm(scope.at('norm'), ops.reshape(flat, [-1, tokens, width]))
    }
    case 'places': {
      const inner = activate('gelu', linear(scope.at('proj', 0), seen, { out: projection.inputWidth }))
      return layerNorm(scope.at('proj', 3), linear(scope.at('proj', 2), inner, { out: width }))
    }
    case 'resampled':
      return resample(scope, projection, seen)
  }
}

/** A Perceiver resampler (Alayrac et al. 2022, Flamingo): learnt latents that attend to all places. */
function resample(
  scope: Scope,
  { tokens, width, innerWidth, heads, layers }: Extract<ImageProjection, { kind: 'resampled' }>,
  seen: Value,
): Value {
  const batch = seen.shape[0] ?? 1
  const places = linear(scope.at('proj_in'), seen, { out: innerWidth })
  let latents = ops.expand(scope.parameter('latents', [1, tokens, innerWidth]), [batch, tokens, innerWidth])
  for (let layer = 0; layer < layers; layer++) {
    const [look, think] = [scope.at('layers', layer, 0), scope.at('layers', layer, 1)]
    const own = layerNorm(look.at('norm2'), latents)
    const all = ops.concat([layerNorm(look.at('norm1'), places), own], 1)
    const query = linear(look.at('to_q'), own, { out: heads * headWidth, bias: false })
    const [key = all, value = all] = ops.chunk(
      linear(look.at('to_kv'), all, { out: 2 * heads * headWidth, bias: false }),
      2,
      -1,
    )
    const mixed = attention(query, key, value, { heads, form: scope.attention })
    latents = ops.add(linear(look.at('to_out'), mixed, { out: innerWidth, bias: false }), latents)
    const wide = linear(think.at(1), layerNorm(think.at(0), latents), { out: 4 * innerWidth, bias: false })
    latents = ops.add(linear(think.at(3), activate('gelu', wide), { out: innerWidth, bias: false }), latents)
  }
  return layerNorm(scope.at('norm_out'), linear(scope.at('proj_out'), latents, { out: width }))
}

/** Of every published resampler. */
export const headWidth = 64
