/**
 * Names of a UNet as the original Stable Diffusion code writes them (`input_blocks.4.1.proj_in.weight`), turned into
 * diffusers' (`down_blocks.1.attentions.0.proj_in.weight`). The block structure is read off the names themselves.
 */

const resnetParts: readonly (readonly [ldm: string, diffusers: string])[] = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
]

const heads: readonly (readonly [ldm: string, diffusers: string])[] = [
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['label_emb.0.0', 'add_embedding.linear_1'],
  ['label_emb.0.2', 'add_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
]

/** ControlNet's own ends (Zhang et al. 2023): the hint's convolutions and the zero convolutions. */
const controlHeads: readonly (readonly [ldm: string, diffusers: string])[] = [
  ['input_hint_block.0', 'controlnet_cond_embedding.conv_in'],
  ...[2, 4, 6, 8, 10, 12].map(
    (ldm, index) => [`input_hint_block.${ldm}`, `controlnet_cond_embedding.blocks.${index}`] as const,
  ),
  ['input_hint_block.14', 'controlnet_cond_embedding.conv_out'],
  ['middle_block_out.0', 'controlnet_mid_block'],
]

/** A function from the original names to diffusers', undefined for names that are none of a UNet's. */
export function ldmUnetNames(names: readonly string[]): (name: string) => string | undefined {
  const layers = layersPerBlockOf(names)
  const table = [...heads, ...controlHeads]
  return (name) => {
    for (const [ldm, diffusers] of table) {
      if (name.startsWith(`${ldm}.`)) return diffusers + name.slice(ldm.length)
    }
    const zero = /^zero_convs\.(\d+)\.0\.(.+)$/.exec(name)
    if (zero) return `controlnet_down_blocks.${zero[1]}.${zero[2]}`
    const middle = /^middle_block\.(\d)\.(.+)$/.exec(name)
    if (middle) {
      const part = Number(middle[1])
      const rest = middle[2] ?? ''
      return part === 1 ? `mid_block.attentions.0.${rest}` : resnetName(`mid_block.resnets.${part / 2}`, rest)
    }
    const block = /^(input|output)_blocks\.(\d+)\.(\d)\.(.+)$/.exec(name)
    if (!block) return undefined
    const [, side, indexText, partText, rest = ''] = block
    const index = Number(indexText)
    return side === 'input'
      ? downName(index - 1, Number(partText), rest, layers)
      : upName(index, Number(partText), rest, layers)
  }
}

function downName(index: number, part: number, rest: string, layers: number): string | undefined {
  const block = Math.floor(index / (layers + 1))
  const layer = index % (layers + 1)
  if (rest.startsWith('op.')) return `down_blocks.${block}.downsamplers.0.conv.${rest.slice('op.'.length)}`
  return part === 0
    ? resnetName(`down_blocks.${block}.resnets.${layer}`, rest)
    : `down_blocks.${block}.attentions.${layer}.${rest}`
}

function upName(index: number, part: number, rest: string, layers: number): string | undefined {
  const block = Math.floor(index / (layers + 1))
  const layer = index % (layers + 1)
  if (part === 0) return resnetName(`up_blocks.${block}.resnets.${layer}`, rest)
  return rest.startsWith('conv.')
    ? `up_blocks.${block}.upsamplers.0.${rest}`
    : `up_blocks.${block}.attentions.${layer}.${rest}`
}

function resnetName(prefix: string, rest: string): string | undefined {
  const part = resnetParts.find(([ldm]) => rest.startsWith(`${ldm}.`))
  return part && `${prefix}.${part[1]}${rest.slice(part[0].length)}`
}

/** The first downsampler follows the resnets of the first block; without one, all are in one block. */
function layersPerBlockOf(names: readonly string[]): number {
  const indices = names.flatMap((name) => {
    const match = /^input_blocks\.(\d+)\.0\.op\./.exec(name)
    return match ? [Number(match[1])] : []
  })
  if (indices.length > 0) return Math.min(...indices) - 1
  const last = names.map((name) => Number(/^input_blocks\.(\d+)\./.exec(name)?.[1] ?? 0))
  return Math.max(1, ...last)
}

/**
 * The original code's name of a UNet layer: the inverse of `ldmUnetNames` for all layers that a LoRA can change.
 * An upsampler follows the attention of the last layer of its block, where there is one.
 */
export function ldmNameOf(
  layer: string,
  layersPerBlock: number,
  upAttention: readonly boolean[] = [],
): string | undefined {
  const head = heads.find(([, diffusers]) => diffusers === layer)
  if (head) return head[0]
  const middle = /^mid_block\.(resnets|attentions)\.(\d)\.(.+)$/.exec(layer)
  if (middle) {
    const [, kind, index, rest = ''] = middle
    return kind === 'attentions' ? `middle_block.1.${rest}` : ldmResnet(`middle_block.${Number(index) * 2}`, rest)
  }
  const block = /^(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)$/.exec(layer)
  if (!block) return undefined
  const [, side, blockText, kind, indexText, rest = ''] = block
  const start = Number(blockText) * (layersPerBlock + 1)
  if (kind === 'upsamplers')
    return `output_blocks.${start + layersPerBlock}.${upAttention[Number(blockText)] === true ? 2 : 1}.${rest}`
  if (kind === 'downsamplers') return `input_blocks.${start + layersPerBlock + 1}.0.op`
  const place =
    side === 'down' ? `input_blocks.${1 + start + Number(indexText)}` : `output_blocks.${start + Number(indexText)}`
  return kind === 'attentions' ? `${place}.1.${rest}` : ldmResnet(`${place}.0`, rest)
}

function ldmResnet(prefix: string, rest: string): string | undefined {
  const part = resnetParts.find(([, diffusers]) => diffusers === rest)
  return part && `${prefix}.${part[0]}`
}
