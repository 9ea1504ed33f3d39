import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 120_000)
afterAll(() => server.close())

const waiting = {
  id: 1,
  type: 'TestWait',
  pos: [10, 20],
  size: [200, 100],
  title: 'A while',
  inputs: [],
  outputs: [{ name: 'done', type: '*', links: [1] }],
  widgets_values: [0, 1, false, 7],
}
const drawing = {
  id: 2,
  type: 'TestPicture',
  pos: { 0: 400, 1: 20 },
  size: [200, 100],
  inputs: [{ name: 'after', type: '*', link: 1 }],
  outputs: [],
  widgets_values: [],
}
const note = { id: 3, type: 'Note', pos: [10, 300], size: [210, 90], widgets_values: ['Remember'] }
const frame = { title: 'Both', bounding: [0, 0, 700, 200], color: '#3f789e' }
const saved = { nodes: [waiting, drawing, note], links: [[1, 1, 0, 2, 0, '*']], groups: [frame], version: 0.4 }

test("what ComfyUI's editor saves becomes a document with its layout: nodes, titles, groups and notes", async () => {
  const { document } = await server.client.importForeign(saved)
  expect(Object.values(document.nodes).map(({ type }) => type)).toEqual(['TestWait', 'TestPicture'])
  expect(document.nodes['2']?.links['after']).toEqual({ node: '1', output: 'value' })
  expect(document.layout).toEqual<Workflow['layout']>({
    nodes: {
      1: { x: 10, y: 20, width: 200, height: 100, title: 'A while' },
      2: { x: 400, y: 20, width: 200, height: 100 },
    },
    groups: { 'group-1': { x: 0, y: 0, width: 700, height: 200, title: 'Both', color: '#3f789e' } },
    notes: { 'note-1': { x: 10, y: 300, width: 210, height: 90, text: 'Remember' } },
  })
  expect((await server.client.validate(document)).issues).toEqual([])
})

test('what is posted becomes a document too, and what has no counterpart is named and keeps its links', async () => {
  const prompt = {
    5: { class_type: 'TestWait', inputs: { ms: 3 } },
    6: { class_type: 'Elsewhere', inputs: { amount: 0.5, from: ['5', 0] } },
    7: { class_type: 'TestPicture', inputs: { after: ['6', 1] } },
  }
  expect(await server.client.importForeign(prompt)).toMatchObject({
    document: {
      nodes: {
        5: { type: 'TestWait', values: { ms: 3 } },
        6: { type: 'Elsewhere', values: { amount: 0.5 }, links: { from: { node: '5', output: 'value' } } },
        7: { type: 'TestPicture', links: { after: { node: '6', output: 'output2' } } },
      },
    },
    problems: ['Node 6: Elsewhere has no counterpart here; its node is kept and cannot run.'],
  })
})

test('what is no workflow is refused in a sentence', async () => {
  await expect(server.client.importForeign({ hello: 'there' })).rejects.toThrow('neither a workflow of Patchbay nor')
})

test('a document goes to where it came from: as the editor saves it or as it is posted, and what is no document is refused', async () => {
  const { document } = await server.client.importForeign(saved)
  const { workflow, problems } = await server.client.exportForeign(document)
  expect(problems).toEqual([])
  expect(workflow).toMatchObject({ version: 0.4, links: [[1, 1, 0, 2, 0, 'INT']] })
  const { document: again } = await server.client.importForeign(workflow)
  expect(again.layout).toEqual(document.layout)
  expect(again.nodes['2']?.links).toEqual(document.nodes['2']?.links)
  const twice = await server.client.exportForeign(again)
  expect((await server.client.importForeign(twice.workflow)).document).toEqual(again)
  const posted = await server.client.exportForeign(document, 'api')
  expect(posted.workflow).toMatchObject({ 2: { class_type: 'TestPicture', inputs: { after: ['1', 0] } } })
  const wrong = { nodes: 3 } as unknown as Workflow
  await expect(server.client.exportForeign(wrong)).rejects.toMatchObject({ code: 'invalid-workflow' })
})
