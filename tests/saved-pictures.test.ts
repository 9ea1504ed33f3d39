import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, execute, serializeWorkflow, validateWorkflow, WorkflowBuilder } from '@patchbay/engine'
import { createLocalServices, nodeDefinitions, nodes } from '@patchbay/nodes'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import { expect, test } from 'vitest'
import { workflowTexts } from '../packages/editor/src/state/documents/picture-workflow.ts'

test.each(['png', 'webp', 'jpeg'] as const)(
  'the editor opens what SaveImage saved as %s: it finds the workflow that made it',
  async (format) => {
    const w = new WorkflowBuilder()
    const { image } = w.add(nodes.emptyImage, { width: 8, height: 8 })
    w.add(nodes.saveImage, { image, name: '雪', format })
    const document = serializeWorkflow(w.build())
    const output = mkdtempSync(join(tmpdir(), 'patchbay-saved-'))
    const services = { ...createLocalServices({ output }), embedded: { [workflowKeyword]: document } }
    const checked = await validateWorkflow(w.build(), createRegistry({ nodes: nodeDefinitions }), { services })
    if (!checked.ok) throw new Error(checked.issues.map(({ message }) => message).join())
    const names: string[] = []
    for await (const event of execute(checked.plan, { services })) {
      if (event.type === 'node-artifact') names.push(event.artifact.name)
    }
    expect(await workflowTexts(readFileSync(join(output, names[0] ?? '')))).toEqual([document])
  },
)
