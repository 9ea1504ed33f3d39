import type { Job, JobMessage, JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { StoredJob } from '../jobs/job-row.ts'
import { isObject } from './prompt.ts'

/** What this surface keeps with a job. */
export interface ComfyOrigin {
  readonly clientId?: string
  readonly prompt: JsonObject
  readonly extraData: JsonObject
  readonly outputs: readonly string[]
  readonly number: number
  /** The ComfyUI id of each native node. */
  readonly idOf: { readonly [native: string]: string }
}

export function comfyOriginOf({ origin }: Pick<StoredJob, 'origin'>): ComfyOrigin | undefined {
  // Written by this surface when the job was submitted.
  return origin?.surface === 'comfy' ? (origin.details as unknown as ComfyOrigin) : undefined
}

/** Native ids of nodes made at run time are paths; what ComfyUI shows is the node that made them. */
export function displayIdOf(native: string, idOf: ComfyOrigin['idOf']): string {
  const [root = native] = native.split('/')
  return idOf[native] ?? idOf[root] ?? root
}

export interface SavedFile {
  readonly filename: string
  readonly subfolder: string
  readonly type: string
}
export function savedFileOf(name: string): SavedFile {
  const at = name.lastIndexOf('/')
  return { filename: name.slice(at + 1), subfolder: at < 0 ? '' : name.slice(0, at), type: 'output' }
}

/** The output nodes' results, gathered from the events of a run: pictures and files by kind, and texts that were shown. */
export function createOutputs(idOf: ComfyOrigin['idOf']) {
  const outputs: Record<string, Record<string, JsonValue[]>> = {}
  return {
    outputs,
    add({ event }: Pick<JobMessage, 'event'>): string | undefined {
      if (event.type === 'node-artifact') {
        const id = displayIdOf(event.node, idOf)
        const kind = event.artifact.kind === 'image' ? 'images' : 'files'
        const output = (outputs[id] ??= {})
        output[kind] = [...(output[kind] ?? []), { ...savedFileOf(event.artifact.name) }]
        return id
      }
      if (event.type === 'node-finished' && event.shown) {
        const id = displayIdOf(event.node, idOf)
        const output = (outputs[id] ??= {})
        for (const [key, value] of Object.entries(event.shown)) {
          output[key] = [...(output[key] ?? []), ...(Array.isArray(value) ? (value as JsonValue[]) : [value])]
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

/** The item of `/queue` and of a history entry. */
export function queueItem(job: StoredJob, origin: ComfyOrigin): JsonValue[] {
  return [origin.number, job.id, origin.prompt, origin.extraData, [...origin.outputs]]
}

/** A history entry, put together from what the job left behind. */
export function historyEntry(job: StoredJob, origin: ComfyOrigin, events: readonly JobMessage[]): JsonObject {
  const { outputs, add } = createOutputs(origin.idOf)
  for (const message of events) add(message)
  const meta = Object.keys(outputs).map((id): [string, JsonObject] => [
    id,
    { node_id: id, display_node: id, parent_node: null, real_node_id: id },
  ])
  return {
    prompt: queueItem(job, origin),
    outputs,
    status: {
      status_str: job.state === 'succeeded' ? 'success' : 'error',
      completed: job.state === 'succeeded',
      messages: messagesOf(job, origin, events),
    },
    meta: Object.fromEntries(meta),
  }
}

function messagesOf(job: StoredJob, origin: ComfyOrigin, events: readonly JobMessage[]): JsonValue[] {
  const id = { prompt_id: job.id }
  const cached = events.flatMap(({ event }) =>
    event.type === 'node-reused' ? [displayIdOf(event.node, origin.idOf)] : [],
  )
  const started = events.filter(({ event }) => event.type === 'job-started').at(-1)?.at ?? job.createdAt
  const messages: JsonValue[] = [
    ['execution_start', { ...id, timestamp: started }],
    ['execution_cached', { nodes: cached, ...id, timestamp: started }],
  ]
  const last = endMessage(job, origin, events)
  return last ? [...messages, last] : messages
}

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
  if (job.state === 'succeeded') return ['execution_success', base]
  const running = events.flatMap(({ event }) => (event.type === 'node-started' ? [event.node] : [])).at(-1)
  const native = job.error?.node ?? running ?? ''
  const node = displayIdOf(native, origin.idOf)
  const inPrompt = origin.prompt[node]
  const type = isObject(inPrompt) ? (inPrompt['class_type'] ?? null) : null
  if (job.state === 'cancelled') {
    return ['execution_interrupted', { ...base, node_id: node, node_type: type, executed }]
  }
  if (job.state !== 'failed') return undefined
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

/** The shape of `/api/jobs`; fields without a value are left out. */
export function comfyJob(job: Job, origin: ComfyOrigin | undefined, outputs: JsonObject = {}): JsonObject {
  const files = Object.entries(outputs).flatMap(([node, output]) => {
    const images = isObject(output) && Array.isArray(output['images']) ? (output['images'] as JsonValue[]) : []
    return images.filter(isObject).map((image) => ({ ...image, nodeId: node, mediaType: 'images' }))
  })
  const [first] = files
  return {
    id: job.id,
    status: comfyStatus[job.state],
    priority: origin?.number ?? job.number,
    create_time: job.createdAt,
    ...(job.startedAt === undefined ? {} : { execution_start_time: job.startedAt }),
    ...(job.finishedAt === undefined ? {} : { execution_end_time: job.finishedAt }),
    ...(job.error ? { execution_error: { exception_message: job.error.message, node_id: job.error.node ?? '' } } : {}),
    outputs_count: job.artifacts,
    previewable_outputs_count: files.length,
    ...(first ? { preview_output: first } : {}),
  }
}
