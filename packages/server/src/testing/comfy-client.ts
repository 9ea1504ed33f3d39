import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { JsonObject } from '@patchbay/engine/workflow'

export interface ComfyMessage {
  readonly type: string
  readonly data: JsonObject
}
/** What one run of a prompt did, as a client of ComfyUI sees it. */
export interface ComfyRun {
  readonly id: string
  readonly messages: readonly ComfyMessage[]
  /** Nodes that `executing` named. */
  readonly ran: readonly string[]
  readonly cached: readonly string[]
  /** Data of the first `execution_error`. */
  readonly error: JsonObject | undefined
  /** From the history. */
  readonly outputs: { readonly [node: string]: { readonly [kind: string]: readonly unknown[] } }
  readonly nodeErrors: JsonObject
}
export interface Refused {
  readonly status: number
  readonly body: { readonly error: JsonObject; readonly node_errors: { readonly [id: string]: JsonObject } }
}
export type ComfyTestClient = ReturnType<typeof createComfyTestClient>

/**
 * A client as plain as those of ComfyUI's users: a socket, `POST /prompt`, and the history once `executing` names no
 * node.
 */
export function createComfyTestClient(
  url: string,
  { headers = {} }: { readonly headers?: Record<string, string> } = {},
) {
  const clientId = randomUUID()
  const messages: ComfyMessage[] = []
  const frames: Buffer[] = []
  const ended = new Set<unknown>()
  const wakes = new Set<() => void>()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${clientId}`, { headers })
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      frames.push(data)
      return
    }
    const message = JSON.parse(data.toString()) as ComfyMessage
    messages.push(message)
    const { type, data: told } = message
    if (type === 'executing' && told['node'] === null) ended.add(told['prompt_id'])
    for (const wake of wakes) wake()
  })
  const opened = new Promise((resolve) => socket.on('open', resolve))

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          wakes.delete(wake)
          resolve()
        }
        wakes.add(wake)
      })
    }
  }
  /** Posts a body, which may be text as a client wrote it. */
  async function post(body: JsonObject | string): Promise<{ status: number; body: unknown }> {
    await opened
    const text = typeof body === 'string' ? body : JSON.stringify({ client_id: clientId, ...body })
    const response = await fetch(`${url}/prompt`, { method: 'POST', body: text, headers })
    return { status: response.status, body: await response.json() }
  }
  return {
    clientId,
    messages,
    frames,
    until,
    post,
    async run(prompt: object | string, more: JsonObject = {}): Promise<ComfyRun> {
      const written = JSON.stringify({ client_id: clientId, ...more })
      const text = `{"prompt":${typeof prompt === 'string' ? prompt : JSON.stringify(prompt)},${written.slice(1)}`
      const { status, body } = await post(text)
      if (status !== 200) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`)
      const { prompt_id: id, node_errors: nodeErrors } = body as { prompt_id: string; node_errors: JsonObject }
      const own = () => messages.filter(({ data }) => data['prompt_id'] === id)
      await until(() => ended.has(id))
      const history = (await (await fetch(`${url}/history/${id}`, { headers })).json()) as {
        [id: string]: Pick<ComfyRun, 'outputs'>
      }
      const named = (type: string) => own().filter((message) => message.type === type)
      return {
        id,
        messages: own(),
        ran: named('executing').flatMap(({ data }) => (typeof data['node'] === 'string' ? [data['node']] : [])),
        cached: named('execution_cached').flatMap(({ data }) => data['nodes'] as string[]),
        error: named('execution_error')[0]?.data,
        outputs: history[id]?.outputs ?? {},
        nodeErrors,
      }
    },
    /** What a prompt is refused with. */
    async refused(prompt: object | string, more: JsonObject = {}): Promise<Refused> {
      const text = `{"prompt":${typeof prompt === 'string' ? prompt : JSON.stringify(prompt)},${JSON.stringify({ client_id: clientId, ...more }).slice(1)}`
      const { status, body } = await post(text)
      return { status, body: body as Refused['body'] }
    },
    close: () => {
      socket.close()
    },
  }
}
