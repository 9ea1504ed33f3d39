import type { Graph, LayerHooks, Value } from '@patchbay/onnx'
import { reweighted, type Joined } from './reweighted-skips.ts'
import type { InputSizes } from '../../kinds/denoiser.ts'
import type { NetworkChange } from '../../kinds/network-change.ts'
import { imagePromptHooks } from './image-prompt.ts'
import { sharedAttentionHooks } from './shared-attention.ts'

/** The inputs that changes add to the graph of a UNet, by their names. */
export function changeInputs(
  graph: Graph,
  changes: readonly NetworkChange[],
  { batch, height, width }: InputSizes,
): Readonly<Record<string, Value>> {
  const added: Record<string, Value> = {}
  for (const change of changes) {
    const input = (part: string, shape: Parameters<Graph['input']>[2]): void => {
      added[`${change.name}.${part}`] = graph.input(`${change.name}.${part}`, 'float32', shape)
    }
    switch (change.type) {
      case 'image-prompt':
        input('tokens', [batch, `${change.name}Tokens`, change.width])
        input('strength', [])
        if (change.isMasked) input('mask', [batch, 1, height, width])
        break
      case 'shared-attention':
        input('first', [batch])
        if (change.isBlended) input('strength', [])
        break
      case 'reweighted-skips':
        for (const part of ['backbone1', 'skip1', 'backbone2', 'skip2']) input(part, [])
        break
      default:
        change satisfies never
    }
  }
  return added
}

/** All hooks of the changes, each round those before it. */
export function changeHooks(changes: readonly NetworkChange[], added: Readonly<Record<string, Value>>): LayerHooks {
  return changes.map((change) => hooksOf(change, added)).reduce(joinedHooks, {})
}

/**
 * What changes make of the decoder's features and a skip connection before they are joined; `first` is the number of
 * channels of the first block.
 */
export function joinedAs(
  changes: readonly NetworkChange[],
  added: Readonly<Record<string, Value>>,
  first: number,
  joined: Joined,
): Joined {
  return changes.reduce((maps, change) => {
    const level = change.type === 'reweighted-skips' ? [4 * first, 2 * first].indexOf(maps.x.channels) + 1 : 0
    if (change.type !== 'reweighted-skips' || level === 0) return maps
    const [backbone, skip] = [`backbone${level}`, `skip${level}`].map((part) => inputOf(change, added, part))
    return backbone && skip ? reweighted(change, maps, { backbone, skip }) : maps
  }, joined)
}

function inputOf({ name }: NetworkChange, added: Readonly<Record<string, Value>>, part: string): Value {
  const value = added[`${name}.${part}`]
  if (!value) throw new Error(`The graph has no input ${name}.${part}`)
  return value
}

function hooksOf(change: NetworkChange, added: Readonly<Record<string, Value>>): LayerHooks {
  const optional = (part: string): Value | undefined => added[`${change.name}.${part}`]
  const needed = (part: string): Value => inputOf(change, added, part)
  switch (change.type) {
    case 'image-prompt':
      return imagePromptHooks(change, {
        tokens: needed('tokens'),
        strength: needed('strength'),
        mask: optional('mask'),
      })
    case 'shared-attention':
      return sharedAttentionHooks({ first: needed('first'), strength: optional('strength') })
    case 'reweighted-skips':
      return {}
  }
}

function joinedHooks(inner: LayerHooks, outer: LayerHooks): LayerHooks {
  const [a, b] = [inner.attention, outer.attention]
  const [s, t] = [inner.selfAttention, outer.selfAttention]
  const [g, h] = [inner.groupNorm, outer.groupNorm]
  return {
    attention: a && b ? (at, parts, attend) => b(at, parts, (own) => a(at, own, attend)) : (a ?? b),
    selfAttention: s && t ? (at, x, layer, places) => t(at, x, (own) => s(at, own, layer, places), places) : (s ?? t),
    groupNorm: g && h ? (at, x, norm) => h(at, x, (own) => g(at, own, norm)) : (g ?? h),
  }
}
