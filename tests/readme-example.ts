import { createRegistry, execute, validateWorkflow, WorkflowBuilder } from '@patchbay/engine'
import { createLocalServices, nodeDefinitions, nodes } from '@patchbay/nodes'

const w = new WorkflowBuilder()
const { model, textEncoder, vae } = w.add(nodes.loadCheckpoint, {})
const { conditioning: positive } = w.add(nodes.textEncode, { textEncoder, text: 'a red apple' })
const { latents: empty } = w.add(nodes.emptyLatents, { width: 64, height: 64 })
const { latents } = w.add(nodes.sample, { model, positive, latents: empty, steps: 20, guidanceScale: 4 })
const { image } = w.add(nodes.vaeDecode, { vae, latents })
w.add(nodes.saveImage, { image, name: 'apple' })

const services = createLocalServices({ output: 'pictures' })
const checked = await validateWorkflow(w.build(), createRegistry({ nodes: nodeDefinitions }), { services })
if (!checked.ok) throw new Error(checked.issues.map(({ message }) => message).join('\n'))
for await (const event of execute(checked.plan, { services })) {
  if (event.type === 'node-artifact') process.stdout.write(`${event.artifact.name}\n`)
}
