import type { InputManifest, NodeId, NodeManifest } from '@patchbay/engine/workflow'
import type { Graph } from '../state/edits/graph.ts'
import { circleThrough, type SocketRef } from '../state/edits/links.ts'
import type { Registry } from '../state/registry/registry.ts'
import { inputsOf } from './node-geometry.ts'

export interface Ends {
  readonly from: { readonly node: NodeId; readonly output: string }
  readonly to: { readonly node: NodeId; readonly input: string; readonly list: boolean }
}

export type LinkAnswer =
  { readonly ok: true; readonly ends: Ends } | { readonly ok: false; readonly reason: LinkRefusal }

export type LinkRefusal =
  | { readonly why: 'same-side'; readonly side: 'input' | 'output' }
  | { readonly why: 'missing' }
  | { readonly why: 'circle'; readonly nodes: readonly string[] }
  | {
      readonly why: 'type'
      readonly output: string
      readonly input: string
      readonly inputLabel: string
      readonly detail: string
    }

interface Facts {
  readonly graph: Graph
  readonly registry: Registry
  readonly manifestOf: (id: NodeId) => NodeManifest | undefined
}

/** Whether two sockets may be linked; if not, why, in a form that can be told in any language. */
export function judgeLink(facts: Facts, a: SocketRef, b: SocketRef): LinkAnswer {
  if (a.side === b.side) return { ok: false, reason: { why: 'same-side', side: a.side } }
  const [source, target] = a.side === 'output' ? [a, b] : [b, a]
  const output = facts.manifestOf(source.node)?.outputs.find((one) => one.name === source.name)
  const input = inputOf(facts, target)
  if (!output || !input) return { ok: false, reason: { why: 'missing' } }
  const refusal = facts.registry.refusal(output.type, input.types)
  if (refusal !== undefined) {
    return {
      ok: false,
      reason: {
        why: 'type',
        output: facts.registry.labelOf(output.type),
        input: input.types.map(facts.registry.labelOf).join(' / '),
        inputLabel: input.label,
        detail: refusal,
      },
    }
  }
  const circle = circleThrough(facts.graph, source.node, target.node)
  if (circle) return { ok: false, reason: { why: 'circle', nodes: circle } }
  return {
    ok: true,
    ends: {
      from: { node: source.node, output: source.name },
      to: { node: target.node, input: target.name, list: input.kind === 'link' && input.list },
    },
  }
}

function inputOf(facts: Facts, { node, name }: SocketRef): InputManifest | undefined {
  const manifest = facts.manifestOf(node)
  const instance = facts.graph.nodes[node]
  return manifest && instance && inputsOf(manifest, instance).find((input) => input.name === name)
}

/** The first socket of a node that a link's fixed end fits: free link inputs first, then linked ones, then values. */
export function firstFit(facts: Facts, fixed: SocketRef, node: NodeId): SocketRef | undefined {
  const manifest = facts.manifestOf(node)
  const instance = facts.graph.nodes[node]
  if (!manifest || !instance) return undefined
  const candidates: SocketRef[] =
    fixed.side === 'output'
      ? [...inputsOf(manifest, instance)]
          .sort((a, b) => rank(a) - rank(b))
          .map((input) => ({ side: 'input', node, name: input.name }))
      : manifest.outputs.map((output) => ({ side: 'output', node, name: output.name }))
  function rank(input: InputManifest): number {
    return (input.kind === 'value' ? 2 : 0) + (instance && input.name in instance.links ? 1 : 0)
  }
  return candidates.find((candidate) => judgeLink(facts, fixed, candidate).ok)
}

/** Whether a fresh node of this kind would have a socket for a link's open end; `linkOnly` leaves values out. */
export function fittingSocket(
  registry: Registry,
  manifest: NodeManifest,
  fixed: { readonly side: 'input' | 'output'; readonly types: readonly string[] },
): string | undefined {
  if (fixed.side === 'input') {
    return manifest.outputs.find((output) => registry.refusal(output.type, fixed.types) === undefined)?.name
  }
  const [type = '*'] = fixed.types
  const fits = (input: InputManifest): boolean => registry.refusal(type, input.types) === undefined
  const exact = manifest.inputs.find((input) => input.kind === 'link' && input.types.includes(type))
  return (exact ?? manifest.inputs.find((input) => input.kind === 'link' && fits(input)) ?? manifest.inputs.find(fits))
    ?.name
}
