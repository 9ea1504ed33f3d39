import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type PlannedNode, createRegistry, manifestOf, parseWorkflow, validateWorkflow } from '@patchbay/engine'
import type { Workflow } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { randomSaved } from '../../../testing/random-graphs.ts'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { importWorkflow } from './import-workflow.ts'
import { nativeOf } from '../prompt/to-native.ts'
import { uiFromNative } from '../export/to-ui.ts'
import { apiFromUi } from './ui-workflow.ts'

const registry = createRegistry({ nodes: nodeDefinitions })
const classes = comfyClassesOf(manifestOf(registry))

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

/**
 * What each picture that a document can save is computed of; one whose inputs are missing is none, as ComfyUI drops its
 * output.
 */
async function computed(document: Workflow): Promise<{ readonly [id: string]: string }> {
  const parsed = parseWorkflow(JSON.parse(JSON.stringify(document)))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  const found: Record<string, string> = {}
  for (const [id, { type }] of Object.entries(parsed.workflow.nodes)) {
    if (type !== 'SaveImage') continue
    const checked = await validateWorkflow(parsed.workflow, registry, { targets: [id] })
    if (!checked.ok) continue
    const written = new Map<PlannedNode, string>()
    for (const node of checked.plan.nodes) {
      const inputs = node.inputs.map(({ name, sources }) => [
        name,
        sources.map((source) => [written.get(source.node), source.output]),
      ])
      written.set(node, digest(JSON.stringify([node.definition.type, node.values, inputs])))
    }
    const [root] = checked.plan.roots
    if (root) found[id] = written.get(root) ?? ''
  }
  return found
}

test.each(Array.from({ length: 200 }, (_, seed) => seed))(
  'random saved workflow %i computes what its prompt computes, also when it comes back from ComfyUI',
  async (seed) => {
    const saved = randomSaved(seed)
    const wanted = await computed(nativeOf(apiFromUi(saved, classes), classes).document)
    const { document } = importWorkflow(saved, classes)!
    expect(await computed(document)).toEqual(wanted)
    const { workflow } = uiFromNative(document, classes)
    expect(await computed(nativeOf(apiFromUi(workflow, classes), classes).document)).toEqual(wanted)
    const { document: again } = importWorkflow(workflow, classes)!
    // What was laid out node by node gets numbers there, and values that nobody said are said; from then on nothing
    // changes.
    expect(await computed(again)).toEqual(wanted)
    expect(importWorkflow(uiFromNative(again, classes).workflow, classes)!.document).toEqual(again)
  },
)
