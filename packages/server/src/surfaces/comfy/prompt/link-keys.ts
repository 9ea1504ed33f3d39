import type { Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass } from '../classes/comfy-class.ts'
import type { ComfyNode } from './prompt.ts'

/**
 * Under which keys a native document keeps the reroute points of each input of a ComfyUI node: `<node>.<input>`, with
 * the index where the native input takes several. `nativeId` names the native node of a part.
 */
export function linkKeysOf(
  node: ComfyNode,
  { parts, inputs: declared, takesMore }: ComfyClass,
  nodes: Workflow['nodes'],
  nativeId: (part: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>()
  const given = Object.keys(node.inputs)
  const put = (part: string, native: string, names: readonly string[]) => {
    const id = nativeId(part)
    const link = Object.hasOwn(nodes, id) ? nodes[id]?.links[native] : undefined
    if (link === undefined) return
    const isList = 'length' in link
    for (const [index, name] of names.filter((each) => given.includes(each)).entries()) {
      const key = isList ? `${id}.${native}.${index}` : `${id}.${native}`
      keys.set(name, [...(keys.get(name) ?? []), key])
    }
  }
  for (const [part, { inputs }] of Object.entries(parts)) {
    for (const [native, source] of Object.entries(inputs)) {
      if ('inputs' in source) put(part, native, source.inputs)
      else if ('input' in source) put(part, native, [source.input, ...numberedOf(source.input, given)])
    }
  }
  if (takesMore !== undefined) {
    const known = new Set(declared.map(({ name }) => name))
    for (const name of given)
      if (!known.has(name) && name.startsWith(takesMore)) put('main', name.slice(takesMore.length), [name])
  }
  return keys
}

const numberedOf = (name: string, given: readonly string[]): readonly string[] =>
  given.filter((each) => each.startsWith(`${name}.`))
