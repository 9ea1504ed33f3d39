import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client, WorkflowTemplate } from '@patchbay/client'
import type { Workflow } from '@patchbay/engine/workflow'
import { linksOf } from '../edits/links.ts'
import { pairKey } from './search.ts'

/** The workflows that ship, and what can be learnt from them. */
export interface TemplatesState {
  readonly templates: readonly WorkflowTemplate[]
  /** How often each node type occurs in them. */
  readonly counts: ReadonlyMap<string, number>
  /** How often a node type feeds another, by `pairKey`. */
  readonly pairs: ReadonlyMap<string, number>
}

export interface Templates {
  readonly store: StoreApi<TemplatesState>
  /** Asks for them, unless they are there. */
  readonly ensure: () => Promise<readonly WorkflowTemplate[]>
}

export function createTemplates(client: Pick<Client, 'templates'>): Templates {
  const store = createStore<TemplatesState>(() => ({ templates: [], counts: new Map(), pairs: new Map() }))
  const ensure = async (): Promise<readonly WorkflowTemplate[]> => {
    if (store.getState().templates.length > 0) return store.getState().templates
    const { templates } = await client.templates()
    store.setState({ templates, ...usageIn(templates.map(({ document }) => document)) })
    return templates
  }
  return { store, ensure }
}

/** Which nodes occur in workflows, and which feed which. */
export function usageIn(workflows: readonly Workflow[]): Pick<TemplatesState, 'counts' | 'pairs'> {
  const counts = new Map<string, number>()
  const pairs = new Map<string, number>()
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1)
  for (const workflow of workflows) {
    for (const graph of [workflow, ...Object.values(workflow.workflows ?? {})]) {
      for (const { type } of Object.values(graph.nodes)) add(counts, type)
      for (const { from, to } of linksOf(graph)) add(pairs, pairKey(graph.nodes[from]?.type, graph.nodes[to]?.type))
    }
  }
  return { counts, pairs }
}
