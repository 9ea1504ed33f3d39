import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { StoredJob } from '../../../store/stored-job.ts'
import type { ComfyOrigin } from './comfy-origin.ts'
import { comfyStateOf, comfyStatus, endMessage } from './history.ts'
import { isJsonObject } from '../../../is-json-object.ts'

/** Of a text that was shown, as much stands in a list of jobs. */
const longestText = 1_024
/** Kinds of output that one sees. */
const visual: readonly string[] = ['images', 'video', 'gifs', '3d']

/** The shape of `/api/jobs`; fields without a value are left out. */
export function comfyJob(job: StoredJob, origin: ComfyOrigin, outputs: JsonObject): JsonObject {
  const shown = shownIn(outputs)
  const preview = previewOf(shown)
  const workflow = workflowIdOf(origin)
  const state = comfyStateOf(job)
  const [kind, failure] = state === 'failed' ? (endMessage(job, origin, []) ?? []) : []
  return {
    id: job.id,
    status: comfyStatus[state],
    priority: origin.number,
    create_time: job.createdAt,
    ...(job.startedAt === undefined ? {} : { execution_start_time: job.startedAt }),
    ...(job.finishedAt === undefined ? {} : { execution_end_time: job.finishedAt }),
    ...(kind === 'execution_error' && failure ? { execution_error: failure } : {}),
    outputs_count: shown.length,
    previewable_outputs_count: shown.filter(({ kind: of }) => visual.includes(of) || of === 'text').length,
    ...(preview ? { preview_output: preview } : {}),
    ...(workflow === undefined ? {} : { workflow_id: workflow }),
  }
}

/** The `id` of the document that the editor saved, which it sends along. */
export function workflowIdOf({ extraData }: Pick<ComfyOrigin, 'extraData'>): string | undefined {
  const { extra_pnginfo: carried } = extraData
  const workflow = isJsonObject(carried) ? carried['workflow'] : undefined
  const id = isJsonObject(workflow) ? workflow['id'] : undefined
  return typeof id === 'string' ? id : undefined
}

interface Shown {
  readonly node: string
  readonly kind: string
  readonly value: JsonValue
}
const shownIn = (outputs: JsonObject): Shown[] =>
  Object.entries(outputs).flatMap(([node, output]) =>
    Object.entries(isJsonObject(output) ? output : {}).flatMap(([kind, values]) =>
      (Array.isArray(values) ? (values as JsonValue[]) : []).map((value) => ({ node, kind, value })),
    ),
  )

/** The first picture that was kept, else any picture, else the first text. */
function previewOf(shown: readonly Shown[]): JsonObject | undefined {
  const seen = shown.filter(({ kind, value }) => visual.includes(kind) && isJsonObject(value))
  const picture = seen.find(({ value }) => isJsonObject(value) && value['type'] === 'output') ?? seen[0]
  if (picture && isJsonObject(picture.value)) return { ...picture.value, nodeId: picture.node, mediaType: picture.kind }
  const text = shown.find(({ kind, value }) => kind === 'text' && typeof value === 'string')
  if (!text) return undefined
  const content = String(text.value)
  const isCut = content.length > longestText
  const cut = { content: content.slice(0, longestText), ...(isCut ? { truncated: true } : {}) }
  return { ...cut, nodeId: text.node, mediaType: 'text' }
}
