import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { type JsonObject, jsonLimits, parseJson } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { promptFromNative } from '../export/from-native.ts'
import { importWorkflow } from '../import/import-workflow.ts'
import { apiFromUi } from '../import/ui-workflow.ts'
import { createOutputs } from '../running/history.ts'
import { promptText } from './prompt-text.ts'
import { promptJson, promptOf } from './prompt.ts'
import { nativeId, nativeOf } from './to-native.ts'
import { checkPrompt } from './validate-prompt.ts'
import { createWriting } from '../../../json-writing.ts'

// A node may be called what every object has as a member; it is a node like any other.

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const context = { classes, choicesOf: () => [] }
const members = [...Object.getOwnPropertyNames(Object.prototype), 'then', '0', '-1', 'é', 'a b']
const read = (text: string) => {
  const parsed = parseJson(text, { ...jsonLimits, python: true })
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value as JsonObject
}
const posted = (id: string) =>
  read(`{${JSON.stringify(id)}: {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "save ${id}": {"class_type": "SaveImage", "inputs": {"images": [${JSON.stringify(id)}, 0], "filename_prefix": "x"}}}`)

test.each(members)('a posted node %s is checked, placed, written and read back', (id) => {
  const prompt = promptOf(posted(id))!
  const checked = checkPrompt(prompt, context)
  if (!checked.ok) throw new Error(checked.error.message)
  expect([...checked.nodeErrors]).toEqual([])
  const made = nativeOf(checked.prompt, classes)
  expect([made.idOf.get(nativeId(id)), made.nativeOf.get(id)]).toEqual([id, [nativeId(id)]])
  expect(made.document.nodes[nativeId(`save ${id}`)]?.links['image']).toEqual({ node: nativeId(id), output: 'image' })
  expect([...promptOf(read(promptText(checked.prompt, classes, createWriting())))!.keys()].sort()).toEqual(
    [id, `save ${id}`].sort(),
  )
})

test.each(members)('what is wrong with a node %s is told under its id', (id) => {
  const prompt = promptOf(read(`{${JSON.stringify(id)}: {"class_type": "SaveImage", "inputs": {}}}`))!
  const checked = checkPrompt(prompt, context)
  expect([checked.ok, [...checked.nodeErrors.keys()]]).toEqual([false, [id]])
})

test.each(members)('a saved node %s is imported, posted and exported', (id) => {
  const saved: JsonObject = {
    nodes: [
      { id, type: 'EmptyImage', inputs: [], outputs: [{ name: 'IMAGE', type: 'IMAGE' }], widgets_values: [8, 8, 1, 0] },
      { id: 'save', type: 'SaveImage', inputs: [{ name: 'images', type: 'IMAGE', link: 1 }], widgets_values: ['x'] },
    ],
    links: [[1, id, 0, 'save', 0, 'IMAGE']],
    version: 0.4,
  }
  expect(apiFromUi(saved, classes).get('save')?.inputs['images']).toEqual([id, 0])
  const { document, problems } = importWorkflow(saved, classes)!
  expect([document.nodes[nativeId(id)]?.type, problems]).toEqual(['EmptyImage', []])
  expect(Object.keys(promptJson(promptFromNative(document, classes).prompt))).toHaveLength(2)
})

test.each(members)('what a node %s has kept is gathered under its id', (id) => {
  const outputs = createOutputs({ idOf: new Map([[nativeId(id), id]]), sending: [] })
  outputs.add({ event: { type: 'node-finished', node: nativeId(id), shown: { [id]: ['seen'] } } as never })
  expect(Object.entries(outputs.all())).toEqual([[id, expect.anything()]])
  expect(Object.entries(outputs.outputOf(id)!)).toEqual([[id, ['seen']]])
})
