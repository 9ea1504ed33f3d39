import { subWorkflowPrefix } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyInput, Conversion, ValueMap } from '../classes/comfy-class.ts'
import { inputsId } from './ui-graph.ts'

/** Subgraphs that cannot be said as sub-workflows, by id, each with the reason. */
export type Refused = Map<string, string>

/** What the inputs and outputs of a subgraph are called in the sub-workflow that stands for it, by slot. */
export interface SubgraphEnds {
  /** The name of the sub-workflow. */
  readonly workflow: string
  readonly inputs: readonly string[]
  /** Undefined where nothing comes out. */
  readonly outputs: readonly (string | undefined)[]
  /** Outputs that are nothing but an input. */
  readonly passes: ReadonlyMap<number, number>
  /** Inputs that something within takes. */
  readonly taken: ReadonlySet<number>
}

/** How a value that is given at an input of a sub-workflow is said to the inner inputs that it goes to. */
export interface EndConversion {
  readonly declared?: ComfyInput
  readonly map?: ValueMap
  readonly as?: Conversion
}

/**
 * The class of the nodes that use a sub-workflow: each stands for one native node, and its values are converted as
 * those of the inner nodes.
 */
export function useClass(
  name: string,
  { workflow, outputs }: SubgraphEnds,
  /** By native name; those that lead nowhere are left out. */
  inputs: ReadonlyMap<string, EndConversion>,
): ComfyClass {
  const sources = [...inputs].map(([native, { map, as }]) => {
    const source = { input: native, ...(map ? { map } : {}), ...(as ? { as } : {}) }
    return [native, source] as const
  })
  return {
    name,
    displayName: workflow,
    description: '',
    category: '',
    inputs: [...inputs].map(([native, { declared }]) => {
      const { optional: _optional, several: _several, ...shown } = declared ?? { type: '*', options: {} }
      return { ...shown, name: native }
    }),
    outputs: outputs.map((output) => ({ name: output ?? '', type: '*' })),
    outputNode: false,
    parts: { main: { type: `${subWorkflowPrefix}${workflow}`, version: 1, inputs: Object.fromEntries(sources) } },
    slots: outputs.map((output) => (output === undefined ? null : ['main', output])),
  }
}

/** The class of the one node within a subgraph that stands for its inputs. No native node is made of it. */
export function inputsClass(inputs: readonly string[]): ComfyClass {
  return {
    name: inputsId,
    displayName: '',
    description: '',
    category: '',
    inputs: [],
    outputs: inputs.map((name) => ({ name, type: '*' })),
    outputNode: false,
    parts: {},
    slots: inputs.map((name) => ['main', name]),
  }
}

/** A name for each of these that a document may hold, no two alike. */
export function distinctNames(wishes: readonly string[], taken: ReadonlySet<string> = new Set()): string[] {
  const used = new Set(taken)
  return wishes.map((wish) => {
    const plain = wish.replace(/[/]/g, '-').trim().slice(0, 200)
    const base = plain === '' || plain in {} ? `${plain}_` : plain
    let name = base
    for (let count = 2; used.has(name); count++) name = `${base} ${count}`
    used.add(name)
    return name
  })
}
