import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { Job, JobMessage } from '../../../api/api-types.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { type ComfyPrompt, linkOf, RawJson } from '../prompt/prompt.ts'
import { type ComfyOrigin, type ExecutionId, classTypeIn, displayIdOf, executionIdOf } from './comfy-origin.ts'

/**
 * The nodes that were not run because a result was there: those that were taken over, and all that these are made of
 * but for what ran. Nodes that others made are none of the prompt.
 */
export function cachedNodes(
  reused: readonly string[],
  prompt: ComfyPrompt,
  ran: ReadonlySet<string> = new Set(),
): string[] {
  const cached = new Set<string>()
  const open = [...reused].reverse()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = prompt.get(id)
    if (cached.has(id) || ran.has(id) || !node) continue
    cached.add(id)
    for (const value of Object.values(node.inputs)) {
      const link = linkOf(value)
      if (link) open.push(link.id)
    }
  }
  return [...cached]
}

/** Under which key of an output ComfyUI's clients look for files of a kind. */
const outputKeys: { readonly [kind: string]: string } = {
  image: 'images',
  video: 'images',
  audio: 'audio',
  latents: 'latents',
}

/** Custom nodes whose clients look for what moves under `gifs`. */
const gifClass = /^VHS_/
/** Its pictures are fetched by their content: `GET /api/etn/image/{id}`. */
const fetchingClass = 'ETN_SaveImageCache'

export interface SavedFile {
  readonly filename: string
  readonly subfolder: string
  readonly type: string
}
export function savedFileOf(name: string, temporary = false): SavedFile {
  const at = name.lastIndexOf('/')
  const type = temporary ? 'temp' : 'output'
  return { filename: name.slice(at + 1), subfolder: at < 0 ? '' : name.slice(0, at), type }
}

/**
 * The output nodes' results, gathered from the events of a run: pictures and files by kind, and texts that were shown.
 */
export function createOutputs({
  idOf,
  sending = [],
  prompt,
}: Pick<ComfyOrigin, 'idOf' | 'sending'> & Partial<Pick<ComfyOrigin, 'prompt'>>) {
  const outputs = new Map<string, Map<string, readonly JsonValue[]>>()
  /** The names of the files that a node has kept, by its native id. */
  const kept = new Map<string, Set<string>>()
  const addTo = (id: string, key: string, values: readonly JsonValue[]) => {
    const output = outputs.get(id) ?? new Map<string, readonly JsonValue[]>()
    outputs.set(id, output.set(key, [...(output.get(key) ?? []), ...values]))
  }
  const outputOf = (id: string): JsonObject | undefined => {
    const output = outputs.get(id)
    return output && Object.fromEntries(output)
  }
  return {
    outputOf,
    all: (): JsonObject => Object.fromEntries([...outputs].map(([id, output]) => [id, Object.fromEntries(output)])),
    /** The node that the event adds to, if it does. */
    add({ event }: Pick<JobMessage, 'event'>): ExecutionId | undefined {
      if (event.type === 'node-artifact') {
        const id = executionIdOf(event.node, idOf)
        if (sending.includes(id.display)) return undefined
        const { kind, name, temporary = false, hash, mime } = event.artifact
        const isFetched = prompt?.get(id.display)?.class_type === fetchingClass
        const fetched = { source: 'http', id: hash.slice('sha256:'.length), 'content-type': mime }
        kept.set(event.node, (kept.get(event.node) ?? new Set()).add(name))
        const saved = { ...savedFileOf(name, temporary), ...(isFetched && fetched) }
        if (kind === 'video' && gifClass.test(prompt?.get(id.display)?.class_type ?? '')) {
          addTo(id.node, 'gifs', [{ ...saved, format: mime }])
        } else {
          addTo(id.node, outputKeys[kind] ?? 'files', [saved])
          if (kind === 'video') addTo(id.node, 'animated', [true])
        }
        return id
      }
      if ((event.type === 'node-finished' || event.type === 'node-reused') && event.shown) {
        const id = executionIdOf(event.node, idOf)
        if (sending.includes(id.display)) return undefined
        // Files that it has kept are there already, as pictures or by another kind.
        const isKept = (value: JsonValue) => typeof value === 'string' && (kept.get(event.node)?.has(value) ?? false)
        for (const [key, value] of Object.entries(event.shown)) {
          const values = Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
          if (values.length === 0 || !values.every(isKept)) addTo(id.node, key, values)
        }
        return id
      }
      return undefined
    },
  }
}

export const comfyStatus: { readonly [state in Job['state']]: string } = {
  queued: 'pending',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

/**
 * How a job ended in ComfyUI's eyes: there a node that passes nothing on without a reason is no failure, even where all
 * the rest needs it.
 */
export function comfyStateOf({ state, error }: Pick<Job, 'state' | 'error'>): Job['state'] {
  return state === 'failed' && error?.code === 'nothing-made' ? 'succeeded' : state
}

/** The item of `/queue` and of a history entry. */
export function queueItem(job: StoredJob, origin: ComfyOrigin): readonly unknown[] {
  return [origin.number, job.id, new RawJson(origin.promptText), origin.extraData, [...origin.outputs]]
}

export interface HistoryEntry {
  readonly prompt: readonly unknown[]
  readonly outputs: JsonObject
  readonly status: JsonObject
  readonly meta: JsonObject
}

/** A history entry, put together from what the job left behind: of its last run, whatever broken runs before it did. */
export function historyEntry(job: StoredJob, origin: ComfyOrigin, allEvents: readonly JobMessage[]): HistoryEntry {
  const events = allEvents.slice(allEvents.findLastIndex(({ event }) => event.type === 'job-started') + 1)
  const collected = createOutputs(origin)
  const meta = new Map<string, JsonObject>()
  for (const message of events) {
    const id = collected.add(message)
    if (id)
      meta.set(id.node, {
        node_id: id.node,
        display_node: id.display,
        parent_node: id.parent,
        real_node_id: id.node,
      })
  }
  const isCompleted = comfyStateOf(job) === 'succeeded'
  return {
    prompt: queueItem(job, origin),
    outputs: collected.all(),
    status: {
      status_str: isCompleted ? 'success' : 'error',
      completed: isCompleted,
      messages: messagesOf(job, origin, events),
    },
    meta: Object.fromEntries(meta),
  }
}

function messagesOf(job: StoredJob, origin: ComfyOrigin, events: readonly JobMessage[]): JsonValue[] {
  const id = { prompt_id: job.id }
  const reused = events.flatMap(({ event }) =>
    event.type === 'node-reused' && !isMadeByOthers(event.node) ? [displayIdOf(event.node, origin.idOf)] : [],
  )
  const ran = new Set(
    events.flatMap(({ event }) => (event.type === 'node-started' ? [displayIdOf(event.node, origin.idOf)] : [])),
  )
  const started = job.startedAt ?? job.createdAt
  const messages: JsonValue[] = [
    ['execution_start', { ...id, timestamp: started }],
    ['execution_cached', { nodes: cachedNodes(reused, origin.prompt, ran), ...id, timestamp: started }],
  ]
  const warnings = events.flatMap(({ event, at }): JsonValue[] => {
    if (event.type !== 'node-warned') return []
    const node = displayIdOf(event.node, origin.idOf)
    return [['execution_warning', { ...id, node_id: node, message: event.message, timestamp: at }]]
  })
  const last = endMessage(job, origin, events)
  return [...messages, ...warnings, ...(last ? [last] : [])]
}

/** Whether a node was made at run time: its native id is a path. */
export const isMadeByOthers = (native: string): boolean => native.includes('/')

/** The message that ends a run, by its outcome. */
export function endMessage(
  job: Pick<StoredJob, 'id' | 'state' | 'error' | 'finishedAt' | 'document'>,
  origin: ComfyOrigin,
  events: readonly Pick<JobMessage, 'event'>[],
): [string, JsonObject] | undefined {
  const timestamp = job.finishedAt ?? Date.now()
  const executed = events.flatMap(({ event }) =>
    event.type === 'node-finished' ? [displayIdOf(event.node, origin.idOf)] : [],
  )
  const base = { prompt_id: job.id, timestamp }
  const state = comfyStateOf(job)
  if (state === 'succeeded') return ['execution_success', base]
  const running = events.flatMap(({ event }) => (event.type === 'node-started' ? [event.node] : [])).at(-1)
  const native = job.error?.node ?? running ?? ''
  const node = displayIdOf(native, origin.idOf)
  const type = classTypeIn(origin.prompt, node)
  if (state === 'cancelled') {
    return ['execution_interrupted', { ...base, node_id: node, node_type: type, executed }]
  }
  if (state !== 'failed') return undefined
  const inputs = Object.entries(job.error?.inputs ?? {}).map(([name, value]) => [
    name,
    [typeof value === 'string' ? value : JSON.stringify(value)],
  ])
  return [
    'execution_error',
    {
      ...base,
      node_id: node,
      node_type: type,
      executed,
      exception_message: job.error?.message ?? 'The run failed.',
      exception_type: job.error?.code ?? 'Error',
      traceback: [...(job.error?.causes ?? [])],
      current_inputs: Object.fromEntries(inputs),
      current_outputs: executed,
    },
  ]
}
