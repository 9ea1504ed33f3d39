/**
 * Names of an autoencoder as the original Stable Diffusion code writes them, turned into diffusers'.
 * The decoder's blocks are counted the other way round there: `up.3` runs first.
 */

const attentionParts: ReadonlyMap<string, string> = new Map([
  ['norm', 'group_norm'],
  ['q', 'to_q'],
  ['k', 'to_k'],
  ['v', 'to_v'],
  ['proj_out', 'to_out.0'],
])

/** A function from the original names to diffusers', undefined for names that are none of an autoencoder's. */
export function ldmAutoencoderNames(names: readonly string[]): (name: string) => string | undefined {
  const upBlocks = 1 + Math.max(-1, ...names.map((name) => Number(/^decoder\.up\.(\d+)\./.exec(name)?.[1] ?? -1)))
  return (name) => {
    if (/^((post_)?quant_conv|bn)\./.test(name)) return name
    const match = /^(encoder|decoder)\.(.+)$/.exec(name)
    if (!match) return undefined
    const [, side = '', rest = ''] = match
    const inside = insideName(rest, upBlocks)
    return inside && `${side}.${inside}`
  }
}

function insideName(name: string, upBlocks: number): string | undefined {
  if (/^conv_(in|out)\./.test(name)) return name
  if (name.startsWith('norm_out.')) return `conv_${name}`
  const middle = /^mid\.(block|attn)_(\d)\.(.+)$/.exec(name)
  if (middle) {
    const [, kind, index, rest = ''] = middle
    if (kind === 'block') return `mid_block.resnets.${Number(index) - 1}.${shortcut(rest)}`
    const dot = rest.lastIndexOf('.')
    const part = attentionParts.get(rest.slice(0, dot))
    return part && `mid_block.attentions.0.${part}${rest.slice(dot)}`
  }
  const block = /^(down|up)\.(\d+)\.(block\.(\d+)|downsample|upsample)\.(.+)$/.exec(name)
  if (!block) return undefined
  const [, side, levelText, kind, resnet, rest = ''] = block
  const level = side === 'up' ? upBlocks - 1 - Number(levelText) : Number(levelText)
  if (resnet !== undefined) return `${side}_blocks.${level}.resnets.${resnet}.${shortcut(rest)}`
  return `${side}_blocks.${level}.${kind}rs.0.${rest}`
}

function shortcut(name: string): string {
  return name.replace(/^nin_shortcut\./, 'conv_shortcut.')
}
