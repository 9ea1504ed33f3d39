import {
  activate,
  attention,
  conv2d,
  layerNorm,
  linear,
  ops,
  toSequence,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { BlipVisionConfig } from './config.ts'

/**
 * BLIP's image tower, as transformers' BlipVisionModel names it (`vision_model…`): [batch, 3, imageSize, imageSize]
 * to [batch, patches + 1, width].
 */
export function blipVision(scope: Scope, config: BlipVisionConfig, image: FeatureMap): Value {
  const { width, patchSize, imageSize, normEps: epsilon } = config
  const model = scope.at('vision_model')
  const at = model.at('embeddings')
  const patches = toSequence(
    conv2d(at.at('patch_embedding'), image, { out: width, kernel: patchSize, stride: patchSize, padding: 0 }),
  )
  const first = ops.expand(at.parameter('class_embedding', [1, 1, width]), [image.batch, 1, width])
  const places = at.parameter('position_embedding', [1, (imageSize / patchSize) ** 2 + 1, width])
  let x = ops.add(ops.concat([first, patches], 1), places)
  for (let layer = 0; layer < config.layers; layer++) x = block(model.at('encoder', 'layers', layer), config, x)
  return layerNorm(model.at('post_layernorm'), x, { epsilon })
}

function block(
  scope: Scope,
  { width, innerWidth, heads, activation, normEps: epsilon }: BlipVisionConfig,
  x: Value,
): Value {
  const at = scope.at('self_attn')
  const normal = layerNorm(scope.at('layer_norm1'), x, { epsilon })
  const [q = x, k = x, v = x] = ops.chunk(linear(at.at('qkv'), normal, { out: 3 * width }), 3, -1)
  const mixed = at.build(() => attention(q, k, v, { heads, form: scope.attention }))
  const seen = ops.add(x, linear(at.at('projection'), mixed, { out: width }))
  const inner = linear(scope.at('mlp', 'fc1'), layerNorm(scope.at('layer_norm2'), seen, { epsilon }), {
    out: innerWidth,
  })
  return ops.add(seen, linear(scope.at('mlp', 'fc2'), activate(activation, inner), { out: width }))
}
