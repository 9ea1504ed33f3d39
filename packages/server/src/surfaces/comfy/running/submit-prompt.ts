import { randomUUID } from 'node:crypto'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { JobStore } from '../../../store/job-store.ts'
import type { Submit } from '../../../jobs/submission.ts'
import { type JsonWriting, createWriting, writeJson } from '../../../json-writing.ts'
import { Failure } from '../../../failure.ts'
import type { TraceContext } from '../../../telemetry/trace-context.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { ComfyRefusal, refusal } from '../errors/comfy-refusal.ts'
import { type ComfyOrigin, classTypeIn, originJson } from './comfy-origin.ts'
import { promptText } from '../prompt/prompt-text.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { promptOf } from '../prompt/prompt.ts'
import { nativeOf } from '../prompt/to-native.ts'
import { apiFromUi, isUiWorkflow } from '../import/ui-workflow.ts'
import type { ErrorsById, NodeErrors } from '../errors/comfy-error.ts'
import { checkPrompt } from '../prompt/validate-prompt.ts'

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const secretKeys = ['auth_token_comfy_org', 'api_key_comfy_org', 'comfy_usage_source']

export interface SubmittedPrompt {
  readonly id: string
  readonly number: number
  readonly nodeErrors: ErrorsById
}

export interface SubmitDependencies {
  readonly jobs: Pick<JobStore, 'job' | 'newestNumber'>
  readonly submit: Submit
}

/** Queues the prompt of a `POST /prompt` body. Throws a `ComfyRefusal` that says what is wrong with which node. */
export async function submitPrompt(
  body: JsonObject,
  asker: { readonly owner: string; readonly idempotencyKey?: string; readonly trace?: TraceContext },
  { jobs, submit }: SubmitDependencies,
  catalogue: ComfyCatalogue,
  /** How the prompt and its extra data were written. */
  writing: { readonly prompt: JsonWriting; readonly extraData: JsonWriting },
): Promise<SubmittedPrompt> {
  const { classes } = await catalogue.context([])
  const fromUi = isUiWorkflow(body['prompt']) ? apiFromUi(body['prompt'], classes) : undefined
  const prompt = fromUi ?? promptOf(body['prompt'])
  if (!prompt) throw refusal('no_prompt', 'The prompt is not an object of nodes', '')
  const context = await catalogue.context([...prompt.values()].map(({ class_type: type }) => type))
  const { prompt_id: chosen, partial_execution_targets: targets } = body
  if (chosen !== undefined && chosen !== null && (typeof chosen !== 'string' || !uuid.test(chosen))) {
    throw refusal('invalid_prompt_id', 'prompt_id must be a canonical lowercase UUID')
  }
  const id = typeof chosen === 'string' ? chosen : randomUUID()
  if (await jobs.job(id)) throw refusal('invalid_prompt_id', 'There is a prompt with this id already')
  const wanted = Array.isArray(targets) ? (targets as JsonValue[]).map(String) : undefined
  const promptWriting = fromUi ? createWriting() : writing.prompt
  const checked = checkPrompt(prompt, context, wanted, promptWriting)
  if (!checked.ok)
    throw new ComfyRefusal(400, { error: checked.error, node_errors: Object.fromEntries(checked.nodeErrors) })

  const { document, idOf, nativeOf: natives } = nativeOf(checked.prompt, context.classes, promptWriting)
  const newest = await jobs.newestNumber()
  const number = typeof body['number'] === 'number' ? body['number'] : body['front'] === true ? -newest : newest
  const extraData = isJsonObject(body['extra_data']) ? body['extra_data'] : {}
  const kept = Object.fromEntries(Object.entries(extraData).filter(([key]) => !secretKeys.includes(key)))
  const clientId = typeof body['client_id'] === 'string' ? body['client_id'] : undefined
  const origin: ComfyOrigin = {
    prompt: checked.prompt,
    promptText: promptText(checked.prompt, context.classes, promptWriting),
    extraData: { ...kept, create_time: Date.now(), ...(clientId === undefined ? {} : { client_id: clientId }) },
    outputs: checked.outputs,
    sending: checked.outputs.filter(
      (id) => context.classes.get(checked.prompt.get(id)?.class_type ?? '')?.sendsPictures,
    ),
    number,
    idOf,
    ...(clientId === undefined ? {} : { clientId }),
  }
  try {
    const { jobs: made } = await submit(
      {
        document,
        targets: checked.outputs.flatMap((output) => natives.get(output)?.[0] ?? []),
        // A lower number runs first; without one, the order of arrival.
        priority: typeof body['number'] === 'number' ? -Math.round(number) : 0,
        front: body['front'] === true,
      },
      {
        ...asker,
        id,
        origin: {
          surface: 'comfy',
          embedded: embeddedIn(origin, writing.extraData),
          // ComfyUI caches its output nodes: nothing is saved again for the same inputs.
          reuseEffects: true,
          details: originJson(origin),
        },
      },
    )
    return { id: made[0]?.id ?? id, number, nodeErrors: checked.nodeErrors }
  } catch (error) {
    if (error instanceof Failure && error.issues) throw nativeRefusal(error, origin)
    throw error
  }
}

/** `prompt` and each key of `extra_pnginfo`, as ComfyUI writes them into pictures. */
function embeddedIn(
  { promptText: prompt, extraData }: ComfyOrigin,
  writing: JsonWriting,
): { [keyword: string]: string } {
  const info = isJsonObject(extraData['extra_pnginfo']) ? extraData['extra_pnginfo'] : {}
  const texts = Object.entries(info).map(([key, value]) => [key, writeJson(value, writing, ['extra_pnginfo', key])])
  return { ...Object.fromEntries(texts), prompt }
}

/** The issues of the native checks, in ComfyUI's shape. */
function nativeRefusal(failure: Failure, origin: ComfyOrigin): ComfyRefusal {
  const nodeErrors = new Map<string, NodeErrors>()
  for (const issue of failure.issues ?? []) {
    const id = origin.idOf.get(issue.node ?? '') ?? issue.node ?? ''
    const type = classTypeIn(origin.prompt, id) ?? ''
    const error = {
      type: 'custom_validation_failed',
      message: 'Custom validation failed for node',
      details: issue.message,
      extra_info: issue.input === undefined ? {} : { input_name: issue.input },
    }
    const errors = [...(nodeErrors.get(id)?.errors ?? []), error]
    nodeErrors.set(id, { errors, dependent_outputs: origin.outputs, class_type: type })
  }
  return new ComfyRefusal(400, {
    error: {
      type: 'prompt_outputs_failed_validation',
      message: 'Prompt outputs failed validation',
      details: (failure.issues ?? []).map(({ message }) => message).join('\n'),
      extra_info: {},
    },
    node_errors: Object.fromEntries(nodeErrors),
  })
}
