import type { NodeMode, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { inputsClass } from '../import/subgraph-ends.ts'
import { inputsId } from '../import/ui-graph.ts'
import type { ComfyNode, ComfyPrompt } from '../prompt/prompt.ts'
import { withoutBypassed } from './bypassed.ts'
import { withoutSubWorkflows } from './dissolve.ts'
import { withNativeStandIns } from './native-stand-in.ts'
import { classesOfNodes } from './node-classes.ts'
import { NodeWriter } from './node-writer.ts'

export interface PromptFromNative {
  readonly prompt: ComfyPrompt
  /** A sentence for each thing that ComfyUI cannot state. */
  readonly problems: readonly string[]
  /** The native node behind each ComfyUI node. */
  readonly nativeOf: ReadonlyMap<string, string>
  /** The native document that was written, without sub-workflows. */
  readonly document: Workflow
}
/**
 * A native document as a prompt in API format. Native nodes that an adapter made of one ComfyUI node become that node
 * again; any other node is written under its native name. Muted nodes are left out, and links go past bypassed ones, as
 * the format has no modes. Sub-workflows are dissolved into their nodes.
 */
export function promptFromNative(source: Workflow, classes: ComfyClasses): PromptFromNative {
  const { document: awake, problems: passing } = withoutBypassed(source, withNativeStandIns(source, classes))
  const { document, problems: dissolving } = withoutSubWorkflows(awake)
  const problems = [...passing, ...dissolving]
  return {
    ...promptOfGraph(document, withNativeStandIns(document, classes), [], problems),
    problems,
    document,
  }
}

export interface PromptOfGraph extends Pick<PromptFromNative, 'prompt' | 'nativeOf'> {
  /** By the id of the ComfyUI node. */
  readonly classOfNode: ReadonlyMap<string, ComfyClass>
}

/**
 * One native graph as a prompt; a sub-workflow that has a class is one node of it. `inputs` names the inputs of a graph
 * that is itself a sub-workflow: links from them come from a node that represents them.
 */
export function promptOfGraph(
  document: Pick<Workflow, 'nodes'>,
  classes: ComfyClasses,
  writtenModes: readonly NodeMode[],
  problems: string[],
  inputs?: readonly string[],
): PromptOfGraph {
  const prompt = new Map<string, ComfyNode>()
  const nativeOf = new Map<string, string>()
  const classOfWritten = classesOfNodes(document, classes, problems, writtenModes)
  const classOfNode = inputs ? new Map([...classOfWritten, [inputsId, inputsClass(inputs)] as const]) : classOfWritten
  for (const [id, comfyClass] of classOfWritten) {
    const writer = new NodeWriter(id, comfyClass, document, classOfNode, problems)
    prompt.set(id, { class_type: comfyClass.name, inputs: writer.inputs() })
    nativeOf.set(id, id)
    for (const [companion, node] of writer.companions) {
      prompt.set(companion, node)
      nativeOf.set(companion, id)
    }
  }
  return { prompt, nativeOf, classOfNode }
}
