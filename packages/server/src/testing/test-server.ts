import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino, { type Level } from 'pino'
import { WebSocket } from 'ws'
import { type Client, type SocketConstructor, createClient } from '@patchbay/client'
import type { NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { type ConfigOverrides, createConfig } from '../config.ts'
import { createLogLines } from '../telemetry/log-lines.ts'
import { createLog } from '../telemetry/log.ts'
import { type RunningServer, startServer } from '../server.ts'

/** A node pack with nodes that wait, crash and draw. */
export const testNodes = fileURLToPath(new URL('../../../../tests/fixtures/node-pack', import.meta.url))

export interface TestServer extends RunningServer {
  readonly client: Client
  readonly directory: string
  /** Stops it and starts another over the same data. */
  restart(): Promise<TestServer>
}

/** A whole server on a free port, with a directory of its own and runner processes of its own. */
export async function startTestServer(overrides: ConfigOverrides = {}, directory?: string): Promise<TestServer> {
  const data = directory ?? (await mkdtemp(join(tmpdir(), 'patchbay-server-')))
  const config = createConfig({
    dataDirectory: data,
    port: 0,
    nodePacks: [testNodes],
    builtInNodes: false,
    memoDiskBytes: 0,
    weightCacheBytes: 0,
    logLevel: 'silent',
    ...overrides,
  })
  const lines = createLogLines()
  const level = (process.env['PATCHBAY_TEST_LOG'] ?? 'silent') as Level | 'silent'
  const log = createLog(level, pino.destination({ dest: 2, sync: true }), lines)
  const server = await startServer(config, log, lines)
  const client = createClient({
    baseUrl: server.url,
    WebSocket: WebSocket as unknown as SocketConstructor,
    ...(config.ownerToken === undefined ? {} : { token: config.ownerToken }),
  })
  return {
    ...server,
    client,
    directory: data,
    async close() {
      await server.close()
      await rm(data, { recursive: true, force: true })
    },
    async restart() {
      await server.close()
      return startTestServer(overrides, data)
    },
  }
}

export const workflowOf = (nodes: { readonly [id: string]: NodeInstance }): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes,
})
const node = (type: string, values: NodeInstance['values'], links: NodeInstance['links'] = {}): NodeInstance => ({
  type,
  version: 1,
  values,
  links,
})

/** Waits `ms`, then shows a number. */
export const waiting = (ms: number, more: NodeInstance['values'] = {}): Workflow =>
  workflowOf({
    wait: node('TestWait', { ms, ...more }),
    keep: node('TestKeep', {}, { value: { node: 'wait', output: 'value' } }),
  })
export const crashing = (how: string): Workflow =>
  workflowOf({
    crash: node('TestCrash', { how }),
    keep: node('TestKeep', {}, { value: { node: 'crash', output: 'value' } }),
  })
/** Draws a picture and keeps it, then waits. */
export const drawingThenWaiting = (ms: number): Workflow =>
  workflowOf({
    before: node('TestWait', { ms: 0 }),
    picture: node('TestPicture', {}, { after: { node: 'before', output: 'value' } }),
    wait: node('TestWait', { ms, salt: 1 }),
    keep: node('TestKeep', {}, { value: { node: 'wait', output: 'value' } }),
  })
/** Draws a picture and keeps it. */
export const drawing = (values: NodeInstance['values'] = {}): Workflow =>
  workflowOf({
    wait: node('TestWait', { ms: 0 }),
    picture: node('TestPicture', values, { after: { node: 'wait', output: 'value' } }),
  })
