import { ApiError, type Batch, type Job, type SubmitResponse } from '@patchbay/client'
import {
  isFinished,
  type Issue,
  type JobState,
  type JsonValue,
  type NodeId,
  type Workflow,
} from '@patchbay/engine/workflow'
import { stateOfJob } from './follow-jobs.ts'
import { withChosenWords } from '../runs/dynamic-prompt.ts'
import { messageOf, say, setIssues, type Editor } from '../editor.ts'
import { nextSeed } from '../values/numbers.ts'
import type { Registry } from '../registry/registry.ts'
import type { Tab } from '../documents/workspace.ts'

export interface RunOptions {
  readonly targets?: readonly NodeId[]
  readonly front?: boolean
  readonly count?: number
  readonly batch?: Batch
  /** Told of the jobs that were queued. */
  readonly onQueued?: (jobs: readonly Job[]) => void
  /** Told of problems in place of the panel of problems. */
  readonly onRefused?: (issues: readonly Issue[]) => void
}

/**
 * Queues the workflow of a tab; with problems, shows them instead. Each run chooses among the words of its prompts
 * anew, and seeds that change after each run change here. While a run of the tab goes on it stays on the canvas, and
 * the new ones wait for their turn.
 */
export async function runTab(editor: Editor, tab: Tab, options: RunOptions = {}): Promise<boolean> {
  const { client, session, surface, language, settings } = editor
  const { t } = language.getState()
  const { registry } = session.registry.getState()
  const count = options.count ?? 1
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
      if (options.onRefused && error instanceof ApiError && error.issues.length > 0) options.onRefused(error.issues)
      else refused(editor, tab, error)
      return false
    }
    tab.document.settle((document) => withNextSeeds(document, session.registry.getState().registry))
    editor.workspace.patch(tab.id, { ran: new Set(Object.keys(workflow.nodes)) })
    showJobs(editor, tab.id, last.jobs)
    options.onQueued?.(last.jobs)
  }
  setIssues(surface, tab.id, last?.warnings ?? [])
  const jobs = count * (last?.jobs.length ?? 0)
  const number = last?.jobs[0]?.number ?? 0
  say(surface, jobs === 1 ? t('run.queuedOne', { number }) : t('run.queued', { count: jobs }), 'good')
  return true
}

/** Shows the first of new jobs unless a run of the tab goes on; the others wait for their turn. */
function showJobs(editor: Editor, id: string, jobs: readonly Job[]): void {
  const { session, workspace } = editor
  const tab = workspace.store.getState().tabs.find((one) => one.id === id)
  if (!tab) return
  const isBusy = tab.job !== undefined && isGoing(stateOfJob(editor, tab.job))
  const [first] = isBusy ? [] : jobs
  const waiting = jobs.filter((job) => job !== first).map((job) => job.id)
  workspace.patch(id, { waiting: [...tab.waiting, ...waiting], ...(first ? { job: first.id } : {}) })
  for (const job of jobs) void session.catchUp(job.id, job === first ? tab.job : undefined).catch(() => undefined)
}

function isGoing(state: JobState | undefined): boolean {
  return state !== undefined && !isFinished(state)
}

function refused(editor: Editor, tab: Tab, error: unknown): void {
  const { surface, language } = editor
  const { t } = language.getState()
  if (error instanceof ApiError && error.issues.length > 0) {
    setIssues(surface, tab.id, error.issues, tab.document.store.getState().workflow)
    surface.setState({ right: 'issues' })
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

/** Cancels the job of the tab that runs, else whatever runs, else the job of the tab that waits. */
export async function cancelRun(editor: Editor, tab: Tab | undefined): Promise<void> {
  const { client, session, surface } = editor
  const own = tab ? [...(tab.job === undefined ? [] : [tab.job]), ...tab.waiting] : []
  const inState = (state: JobState) => (id: string) => stateOfJob(editor, id) === state
  const running = session.store.getState().jobs.find((job) => job.state === 'running')?.id
  const going = own.find(inState('running')) ?? running ?? own.find(inState('queued'))
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
    const tab = workspace.open(job.document, {
      title: job.document.name ?? job.name ?? t('job.number', { number: job.number }),
      job: id,
    })
    workspace.patch(tab.id, { ran: new Set(Object.keys(job.document.nodes)) })
    await session.catchUp(id)
  } catch (error) {
    say(surface, messageOf(error), 'bad')
  }
}
