import type { ComfyClasses } from '../classes/comfy-class.ts'
import { promptOf } from '../prompt/prompt.ts'
import { nativeOf } from '../prompt/to-native.ts'
import { checkGraphSize } from './graph-size.ts'
import { missing, withStandIns } from './stand-in.ts'
import { type ImportedWorkflow, documentFromUi } from './ui-native.ts'
import { isUiWorkflow } from './ui-workflow.ts'

/**
 * One of our documents from a workflow of ComfyUI, as its editor saves it or as it is posted; undefined when it is
 * neither. Throws `invalid-workflow` where it is larger than is read.
 */
export function importWorkflow(source: unknown, classes: ComfyClasses): ImportedWorkflow | undefined {
  checkGraphSize(source)
  if (isUiWorkflow(source)) return documentFromUi(source, classes)
  const prompt = promptOf(source)
  if (!prompt || ![...prompt.values()].some((node) => node.class_type !== '')) return undefined
  const { document } = nativeOf(prompt, withStandIns([prompt], classes))
  const problems = [...prompt].flatMap(([id, { class_type: type }]) => missing(id, type, classes))
  return { document, problems }
}
