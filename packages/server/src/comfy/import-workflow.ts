import type { Workflow } from '@patchbay/engine/workflow'
import type { ComfyClasses } from './comfy-class.ts'
import { promptOf } from './prompt.ts'
import { nativeOf } from './to-native.ts'
import { withStandIns } from './stand-in.ts'
import { layoutOfUi } from './ui-layout.ts'
import { apiFromUi, isUiWorkflow } from './ui-workflow.ts'

export interface ImportedWorkflow {
  readonly document: Workflow
  /** What has no counterpart and stands there under its own name, a sentence each. */
  readonly problems: readonly string[]
}

/** One of our documents from a workflow of ComfyUI, as its editor saves it or as it is posted; undefined when it is neither. */
export function importWorkflow(source: unknown, classes: ComfyClasses): ImportedWorkflow | undefined {
  const saved = isUiWorkflow(source) ? source : undefined
  const prompt = promptOf(saved ? apiFromUi(saved, classes) : source)
  if (!prompt || !Object.values(prompt).some((node) => node.class_type !== '')) return undefined
  const known = withStandIns(prompt, classes)
  const made = nativeOf(prompt, known)
  const problems = Object.entries(prompt).flatMap(([id, { class_type: type }]) =>
    classes.has(type)
      ? []
      : [`Node ${id}: there is no counterpart of ${type} yet; it stands there until another takes its place.`],
  )
  const layout = saved && layoutOfUi(saved, made, prompt, known)
  return { document: layout ? { ...made.document, layout } : made.document, problems }
}
