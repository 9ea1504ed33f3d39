// Lays the workflows that ship out anew, so that no link runs behind a node:
// node --conditions=patchbay-source --import tsx tools/arrange-workflows.mjs [workflows/name.json …]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { serializeWorkflow } from '@patchbay/engine'
import { layered } from '../packages/editor/src/canvas/auto-arrange.ts'
import { linksOf } from '../packages/editor/src/state/edits/links.ts'
import { placedNodes, shippedRegistry } from './placed-nodes.ts'

const registry = shippedRegistry()
const shipped = readdirSync('workflows').filter((name) => name.endsWith('.json') && !name.endsWith('.test.json'))
const named = process.argv.slice(2)
for (const path of named.length > 0 ? named : shipped.map((name) => `workflows/${name}`)) {
  const text = readFileSync(path, 'utf8')
  const workflow = JSON.parse(text)
  const { places, reroutes } = await layered(placedNodes(workflow, registry, true), linksOf(workflow))
  const nodes = Object.fromEntries(
    Object.entries(workflow.layout.nodes).map(([id, layout]) => [id, { ...layout, ...places.get(id) }]),
  )
  const layout = { ...workflow.layout, nodes, reroutes }
  delete layout.view
  if (Object.keys(reroutes).length === 0) delete layout.reroutes
  writeFileSync(path, serializeWorkflow({ ...workflow, layout }))
}
