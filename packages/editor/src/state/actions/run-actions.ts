import { ApiError, type Batch, type SubmitResponse } from '@patchbay/client'
import { isFinished, type JsonValue, type NodeId, type Workflow } from '@patchbay/engine/workflow'
import { withChosenWords } from '../runs/dynamic-prompt.ts'
import { messageOf, say, type Editor } from '../editor.ts'
import { nextSeed } from '../values/numbers.ts'
import type { Registry } from '../registry/registry.ts'
import type { Tab } from '../documents/workspace.ts'

export interface RunOptions {
  readonly targets?: readonly NodeId[]
  readonly front?: boolean
  readonly count?: number
  readonly batch?: Batch
}

/**
 * Queues the workflow of a tab; with problems, shows them instead. Each run chooses among the words of its prompts anew, and seeds that
 * change after each run change here.
 */
export async function runTab(editor: Editor, tab: Tab, options: RunOptions = {}): Promise<boolean> {
  const { client, session, workspace, surface, language, settings } = editor
  const { t } = language.getState()
  const { registry } = session.registry.getState()
  const count = options.count ?? 1
  let before = tab.job
  let last: SubmitResponse | undefined
  for (let index = 0; index < count; index++) {
    const { workflow } = tab.document.store.getState()
    try {
      last = await client.jobs.submit({
        document: settings.getState().dynamicPrompts ? withChosenWords(workflow, registry) : workflow,
        ...(tab.title ? { name: tab.title } : {}),
        ...(options.targets ? { targets: options.targets } : {}),
        ...(options.front ? { front: true } : {}),
        ...(options.batch ? { batch: options.batch } : {}),
      })
    } catch (error) {
      refused(editor, tab, error)
      return false
    }
    tab.document.settle((document) => withNextSeeds(document, session.registry.getState().registry))
    const [first] = last.jobs
    if (!first) continue
    for (const job of last.jobs) void session.catchUp(job.id, before).catch(() => undefined)
    if (index === 0) workspace.patch(tab.id, { job: first.id })
    before = first.id
  }
  surface.setState({ issues: { ...surface.getState().issues, [tab.id]: last?.warnings ?? [] } })
  const jobs = count * (last?.jobs.length ?? 0)
  const number = last?.jobs[0]?.number ?? 0
  say(surface, jobs === 1 ? t('run.queuedOne', { number }) : t('run.queued', { count: jobs }), 'good')
  return true
}

function refused(editor: Editor, tab: Tab, error: unknown): void {
  const { surface, language } = editor
  const { t } = language.getState()
  if (error instanceof ApiError && error.issues.length > 0) {
    surface.setState({ issues: { ...surface.getState().issues, [tab.id]: error.issues }, right: 'issues' })
    const count = error.issues.filter((issue) => issue.severity === 'error').length
    say(surface, count === 1 ? t('run.invalidOne') : t('run.invalid', { count }), 'bad')
    return
  }
  say(surface, t('run.failed', { reason: messageOf(error) }), 'bad')
}

/** The document with every seed that changes after a run moved on. */
export function withNextSeeds(workflow: Workflow, registry: Registry): Workflow {
  const layouts = workflow.layout?.nodes ?? {}
  let nodes = workflow.nodes
  for (const [id, layout] of Object.entries(layouts)) {
    const node = nodes[id]
    if (!node || !layout.seeds) continue
    const values: Record<string, JsonValue> = { ...node.values }
    for (const [input, rule] of Object.entries(layout.seeds)) {
      const declared = registry.node(node.type)?.inputs.find((one) => one.name === input)
      const now = values[input] ?? (declared?.kind === 'value' ? declared.default : 0)
      if (typeof now === 'number' || typeof now === 'string') values[input] = nextSeed(now, rule)
    }
    nodes = { ...nodes, [id]: { ...node, values } }
  }
  return nodes === workflow.nodes ? workflow : { ...workflow, nodes }
}

/** Cancels what the tab shows if it is still going, else whatever runs. */
export async function cancelRun(editor: Editor, tab: Tab | undefined): Promise<void> {
  const { client, session, surface } = editor
  const { jobs, runs } = session.store.getState()
  const shown = tab?.job === undefined ? undefined : runs[tab.job]
  const going = shown && !isFinished(shown.state) ? shown.job : jobs.find((job) => job.state === 'running')?.id
  if (going === undefined) return
  try {
    await client.jobs.cancel(going)
  } catch (error) {
    say(surface, messageOf(error), 'bad')
  }
}

/** Opens the workflow of a job exactly as it ran, with its run. */
export async function openJob(editor: Editor, id: string): Promise<void> {
  const { client, session, workspace, surface, language } = editor
  try {
    const job = await client.jobs.get(id)
    const { t } = language.getState()
    workspace.open(job.document, {
      title: job.document.name ?? job.name ?? t('job.number', { number: job.number }),
      job: id,
    })
    await session.catchUp(id)
  } catch (error) {
    say(surface, messageOf(error), 'bad')
  }
}
