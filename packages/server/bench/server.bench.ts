// npm run bench -- server [--json]: the server over a real socket, with a runner process, trivial and stubborn nodes.
import { mkdtemp, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { constants, cpus, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Workflow } from '@patchbay/engine/workflow'
import type { JobMessage } from '../src/api/api-types.ts'
import { openStores } from '../src/store/sqlite/open-stores.ts'
import { type TestServer, startTestServer, waiting, workflowOf } from '../src/testing/test-server.ts'

const json = process.argv.includes('--json')
function report(metric: string, value: number, unit: string, target: string, holds: boolean): void {
  const rounded = Number(value.toPrecision(4))
  const line = json
    ? JSON.stringify({ bench: 'server', metric, value: rounded, unit, target, holds })
    : `${holds ? 'ok  ' : 'MISS'} ${metric.padEnd(26)} ${String(rounded).padStart(10)} ${unit.padEnd(6)} (${target})`
  process.stdout.write(`${line}\n`)
}
const percentile = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function submitThousand({ client, url }: TestServer): Promise<void> {
  await client.queue.pause()
  await client.jobs.submit({ document: waiting(0) })
  const body = JSON.stringify({ document: waiting(0) })
  const headers = { 'content-type': 'application/json' }
  const submit = async () => (await fetch(`${url}/api/v1/jobs`, { method: 'POST', headers, body })).text()
  const ms = await timed(async () => {
    for (let sent = 0; sent < 1000; sent += 20) await Promise.all(Array.from({ length: 20 }, submit))
  })
  report('submit_1000_s', ms / 1000, 's', '≤ 2', ms <= 2000)
  await client.queue.clear()
  await client.queue.resume()
}

async function trivialJobs({ client }: TestServer): Promise<void> {
  const count = 300
  const { jobs } = await client.jobs.submit({ document: waiting(0), batch: { count } })
  const ms = await timed(() => client.jobs.wait(jobs.at(-1)?.id ?? ''))
  report('trivial_jobs_per_s', count / (ms / 1000), '1/s', '≥ 50', count / (ms / 1000) >= 50)
}

/** Small requests while a runner, and as many processes of its priority as there are cores, compute. */
async function smallRequests({ client, url }: TestServer): Promise<void> {
  const busy = cpus().map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
  for (const { pid } of busy) if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  const { jobs } = await client.jobs.submit({ document: waiting(60_000, { stubborn: true }) })
  await sleep(500)
  const times: number[] = []
  for (let request = 0; request < 400; request++) {
    times.push(await timed(async () => (await fetch(`${url}/api/v1/queue`)).text()))
    await sleep(2)
  }
  const p99 = percentile(times, 0.99)
  report('small_request_p99_ms', p99, 'ms', '< 20', p99 < 20)
  await client.jobs.cancel(jobs[0]?.id ?? '')
  for (const child of busy) child.kill('SIGKILL')
}

async function eventLatency({ client }: TestServer): Promise<void> {
  const late: number[] = []
  const live = client.follow({ onEvent: (message) => late.push(Date.now() - message.at) })
  while (live.state !== 'open') await sleep(5)
  for (let run = 0; run < 30; run++)
    await client.jobs.submit({ document: waiting(20, { steps: 4 }) }, { waitMs: 10_000 })
  live.close()
  const p99 = percentile(late, 0.99)
  report('event_latency_p99_ms', p99, 'ms', '< 50', p99 < 50)
}

async function cancelTimes({ client }: TestServer): Promise<void> {
  const started = async (id: string, holds: (message: JobMessage) => boolean) => {
    while (!(await client.jobs.events(id)).events.some(holds)) await sleep(5)
  }
  const phases = {
    queued: { document: waiting(60_000), until: undefined },
    // Loading and decoding are one native call that hears nothing; sampling hears between its steps.
    loading: { document: waiting(60_000, { stubborn: true }), until: 'node-started' },
    sampling: { document: waiting(60_000, { steps: 6000 }), until: 'node-started' },
    decoding: { document: waiting(60_000, { stubborn: true, salt: 2 }), until: 'node-started' },
  } as const
  for (const [phase, { document, until }] of Object.entries(phases)) {
    const times: number[] = []
    for (let run = 0; run < 3; run++) {
      if (!until) await client.queue.pause()
      const { jobs } = await client.jobs.submit({ document })
      const id = jobs[0]?.id ?? ''
      if (until) await started(id, ({ event }) => event.type === until)
      times.push(await timed(() => client.jobs.cancel(id)))
      if (!until) await client.queue.resume()
    }
    const worst = Math.max(...times)
    report(`cancel_ms_${phase}`, worst, 'ms', '≤ 250', worst <= 250)
  }
}

async function wireBytes({ client }: TestServer): Promise<void> {
  for (const nodes of [10, 1000]) {
    let bytes = 0
    const live = client.follow({ onEvent: (message) => (bytes += JSON.stringify(message).length) })
    while (live.state !== 'open') await sleep(5)
    await client.jobs.submit({ document: fan(nodes) }, { waitMs: 60_000 })
    await sleep(300)
    live.close()
    report(`wire_bytes_per_node_${nodes}`, bytes / nodes, 'B', '≤ 600', bytes / nodes <= 600)
  }
}
/** Pairs of a source and what shows it. */
function fan(nodes: number): Workflow {
  const pairs = Array.from({ length: nodes / 2 }, (_, index) => index)
  const sources = pairs.map((index) => [
    `n${index}`,
    { type: 'TestWait', version: 1, values: { ms: 0, salt: 1000 + index + nodes }, links: {} },
  ])
  const sinks = pairs.map((index) => [
    `s${index}`,
    { type: 'TestKeep', version: 1, values: {}, links: { value: { node: `n${index}`, output: 'value' } } },
  ])
  return workflowOf(Object.fromEntries([...sources, ...sinks]))
}

/** From opening a database with 10,000 queued jobs to the first answer. */
async function restart(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-bench-'))
  const { jobs, close } = openStores(join(directory, 'patchbay.sqlite'))
  const drafts = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ id: String(index), document: waiting(0), owner: 'local', priority: 0 },
  }))
  await jobs.submit({ owner: 'local', drafts, capacity: 10_000 })
  await jobs.setPaused(true)
  await close()
  let server: TestServer | undefined
  const ms = await timed(async () => {
    server = await startTestServer({}, directory)
    await server.client.jobs.list()
  })
  report('restart_10000_s', ms / 1000, 's', '≤ 2', ms <= 2000)
  await server?.close()
  await rm(directory, { recursive: true, force: true })
}

const server = await startTestServer()
await server.client.jobs.submit({ document: waiting(0) }, { waitMs: 60_000 })
await submitThousand(server)
await trivialJobs(server)
await eventLatency(server)
await wireBytes(server)
await cancelTimes(server)
await smallRequests(server)
await server.close()
await restart()
