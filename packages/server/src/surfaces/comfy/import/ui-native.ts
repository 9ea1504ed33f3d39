import {
  type JsonObject,
  type JsonValue,
  type SubWorkflow,
  type Workflow,
  workflowVersion,
} from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { nativeGraphOf, subWorkflowOf } from './native-graph.ts'
import { type OpenGraph, openGraph } from './open-graph.ts'
import { lossesIn } from '../prompt/losses.ts'
import { type ComfyPrompt, linkOf } from '../prompt/prompt.ts'
import { savedWorkflowOf } from './saved-workflow.ts'
import { missing, withStandIns } from './stand-in.ts'
import { type Refused, type SubgraphEnds, distinctNames, inputsClass, useClass } from './subgraph-ends.ts'
import { type UiGraph, inputsId } from './ui-graph.ts'
import { inlined } from './ui-inline.ts'
import { withoutGroupNodes } from './group-nodes.ts'
import { withTexts } from './widget-texts.ts'

export interface ImportedWorkflow {
  readonly document: Workflow
  /** What has no counterpart and stands there under its own name, and what else could not be said, a sentence each. */
  readonly problems: readonly string[]
}

/**
 * A native document of what ComfyUI's editor saves: each subgraph becomes a sub-workflow, and its instances the nodes
 * that use it. A subgraph that cannot be one is laid out at its instances, node by node, and the reason is among the
 * problems.
 */
export function documentFromUi(json: JsonObject, classes: ComfyClasses): ImportedWorkflow | undefined {
  const { root, subgraphs } = savedWorkflowOf(withoutGroupNodes(json, classes), classes)
  const refused: Refused = new Map()
  for (;;) {
    const before = refused.size
    const made = attempt(root, subgraphs, classes, refused)
    if (refused.size > before) continue
    const laidOut = [...refused].map(
      ([id, why]) => `The subgraph "${subgraphs.get(id)?.name ?? id}" is laid out node by node: ${why}.`,
    )
    return made && { document: made.document, problems: [...laidOut, ...made.problems] }
  }
}

/** The document with the subgraphs laid out that are refused; it holds only when no more of them were found to be. */
function attempt(
  root: UiGraph,
  subgraphs: ReadonlyMap<string, UiGraph>,
  classes: ComfyClasses,
  refused: Refused,
): ImportedWorkflow | undefined {
  const laidOut = new Map([...subgraphs].filter(([id]) => refused.has(id)))
  const kept = new Map([...subgraphs].filter(([id]) => !refused.has(id)))
  const names = distinctNames([...kept.values()].map(({ name }) => name || 'Subgraph'))
  const ends = new Map<string, SubgraphEnds>()
  const open = new Map<string, { readonly graph: UiGraph; readonly opened: OpenGraph }>()
  for (const [index, [id, subgraph]] of [...kept].entries()) {
    const graph = inlined(subgraph, laidOut)
    const opened = openGraph(graph, ends, classes, false)
    open.set(id, { graph, opened })
    ends.set(id, endsOf(names[index] ?? id, graph, opened))
  }
  const graph = inlined(root, laidOut)
  const opened = openGraph(graph, ends, classes, true)
  const prompts = [opened, ...[...open.values()].map((each) => each.opened)].map(({ prompt }) => prompt)
  if (!prompts.some((prompt) => [...prompt.values()].some((node) => node.class_type !== ''))) return undefined

  const uses = [...ends].map(([id, of]): [string, ComfyClass] => [id, useClass(id, of, new Map())])
  const known = new Map(withStandIns(prompts, new Map([...classes, [inputsId, inputsClass([])], ...uses])))
  const made = new Map<string, SubWorkflow>()
  const problems = prompts.flatMap((prompt) =>
    [...prompt].flatMap(([id, { class_type: type }]) =>
      missing(id, type, {
        get: (name) => classes.get(name),
        has: (name) => classes.has(name) || ends.has(name) || name === inputsId,
      }),
    ),
  )
  const graphs = [graph, ...[...open.values()].map((each) => each.graph)]
  const said = (prompt: ComfyPrompt, tells: boolean): ComfyPrompt => {
    // A document is the same each time that it is made: the first of a choice is drawn.
    const texts = withTexts(prompt, known, graphs, () => 0)
    if (tells) problems.push(...texts.notes, ...lossesIn(prompt, classes))
    return texts.prompt
  }
  for (const [id, { graph: inner, opened: raw }] of open) {
    const within = { ...raw, prompt: said(raw.prompt, true), unfed: said(raw.unfed, false) }
    const of = ends.get(id)
    if (!of) continue
    const found = subWorkflowOf(id, inner, within, of, { ends, classes: known, workflows: made, refused })
    made.set(of.workflow, found.workflow)
    known.set(id, found.useClass)
  }
  const { nodes, layout } = nativeGraphOf(graph, said(opened.prompt, true), {
    ends,
    classes: known,
    workflows: made,
    refused,
  })
  const inside = made.size > 0 ? { workflows: Object.fromEntries(made) } : {}
  const document: Workflow = { format: 'patchbay-workflow', version: workflowVersion, nodes, ...inside, layout }
  return { document, problems }
}

function slotWithin(given: JsonValue): number[] {
  const link = linkOf(given)
  return link?.id === inputsId ? [link.slot] : []
}

function endsOf(workflow: string, { inputs, outputs }: UiGraph, { prompt, outputs: sources }: OpenGraph): SubgraphEnds {
  const passes = sources.flatMap((source, slot) =>
    source && 'id' in source && source.id === inputsId ? [[slot, source.slot] as const] : [],
  )
  const names = distinctNames(outputs.map(({ name }) => name))
  return {
    workflow,
    inputs: distinctNames(inputs.map(({ name }) => name)),
    outputs: names.map((name, slot) =>
      sources[slot] && !passes.some(([passed]) => passed === slot) ? name : undefined,
    ),
    passes: new Map(passes),
    taken: new Set(
      [...prompt.values()].flatMap((node) => Object.values(node.inputs).flatMap((given) => slotWithin(given))),
    ),
  }
}
