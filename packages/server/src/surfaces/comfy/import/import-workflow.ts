import type { JsonValue } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { lossesIn } from '../prompt/losses.ts'
import { promptOf } from '../prompt/prompt.ts'
import { nativeOf } from '../prompt/to-native.ts'
import { checkGraphSize } from './graph-size.ts'
import { missing, withStandIns } from './stand-in.ts'
import { type ImportedWorkflow, documentFromUi } from './ui-native.ts'
import { isUiWorkflow } from './ui-workflow.ts'

/**
 * One of our documents from a workflow of ComfyUI, as its editor saves it, as a prompt, or in the body of a request
 * that carries either; undefined when it is none of them. Throws `invalid-workflow` where it is larger than is read.
 */
export function importWorkflow(json: unknown, classes: ComfyClasses): ImportedWorkflow | undefined {
  const source = workflowWithin(json)
  checkGraphSize(source)
  if (isUiWorkflow(source)) return documentFromUi(source, classes)
  const prompt = promptOf(source)
  if (!prompt || ![...prompt.values()].some((node) => node.class_type !== '')) return undefined
  const { document } = nativeOf(prompt, withStandIns([prompt], classes))
  const unknown = [...prompt].flatMap(([id, { class_type: type }]) => missing(id, type, classes))
  return { document, problems: [...unknown, ...lossesIn(prompt, classes)] }
}

/** What the body of a request carries: `{ prompt }`, as clients post it, or `{ workflow }`, of API v2. */
function workflowWithin(json: unknown): unknown {
  if (!isJsonObject(json)) return json
  const carried = [json['workflow'], json['prompt']].find(isJsonObject)
  const isBody = carried !== undefined && !isNode(json['workflow'] ?? null) && !isNode(json['prompt'] ?? null)
  return isBody ? carried : json
}
/** A node of a prompt may be called "prompt". */
const isNode = (json: JsonValue): boolean => isJsonObject(json) && typeof json['class_type'] === 'string'
