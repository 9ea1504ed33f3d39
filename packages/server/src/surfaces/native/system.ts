import { freemem, platform, totalmem } from 'node:os'
import type { SystemStatus } from '@patchbay/engine/workflow'
import { z } from 'zod'
import type { Supervisor } from '../../runner/supervisor.ts'
import type { Queue } from '../../jobs/queue.ts'
import type { SettingsStore } from '../../store/settings-store.ts'
import type { Hub } from '../../live/hub.ts'
import { serveSse } from '../../live/sse.ts'
import { version } from '../../version.ts'
import { count } from '../../http/query-values.ts'
import { type Route, answered, route } from '../../http/route.ts'

export interface SystemRouteDependencies {
  readonly supervisor: Pick<Supervisor, 'manifest' | 'packsSoFar'>
  readonly queue: Pick<Queue, 'status'>
  readonly settings: Pick<SettingsStore, 'all' | 'remove' | 'set'>
  readonly hub: Hub
}

export function systemRoutes({ supervisor, queue, settings, hub }: SystemRouteDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/nodes',
      tag: 'nodes',
      summary: 'Every node, socket type and conversion that the server has.',
      answer: 'RegistryManifest',
      async run({ response }) {
        const { manifest } = await supervisor.manifest()
        response.setHeader('cache-control', 'no-cache')
        return manifest
      },
    }),
    route({
      method: 'get',
      path: '/system',
      tag: 'system',
      summary: 'The machine, the queue, the devices and the node packs.',
      answer: 'SystemStatus',
      run: async ({ access }): Promise<SystemStatus> => ({
        version,
        platform: platform(),
        node: process.version,
        memory: { totalBytes: totalmem(), freeBytes: freemem(), serverBytes: process.memoryUsage.rss() },
        queue: await queue.status(),
        role: access.role,
        nodePacks: supervisor
          .packsSoFar()
          .map(({ name, nodes, error }) => ({ name, nodes, ...(error === undefined ? {} : { error }) })),
      }),
    }),
    route({
      method: 'get',
      path: '/events',
      tag: 'events',
      summary: 'Events as server-sent events (or, on an upgrade, a WebSocket), after a number and then as they happen.',
      query: z.object({ after: count(Number.MAX_SAFE_INTEGER).optional(), jobs: z.string().max(40_000).optional() }),
      answer: 'EventStream',
      run({ query, request, response }) {
        const last = Number(request.get('last-event-id') ?? Number.NaN)
        const after = Number.isSafeInteger(last) ? last : query.after
        serveSse(hub, response, {
          ...(after === undefined ? {} : { after }),
          ...(query.jobs === undefined ? {} : { jobs: query.jobs.split(',').slice(0, 1000) }),
        })
        return answered
      },
    }),
    route({
      method: 'get',
      path: '/settings',
      tag: 'settings',
      summary: 'All settings.',
      answer: 'Settings',
      run: () => settings.all(),
    }),
    route({
      method: 'patch',
      path: '/settings',
      tag: 'settings',
      summary: 'Change some settings; the others stay.',
      body: z.record(z.string().min(1).max(200), z.json()),
      answer: 'Settings',
      async run({ body }) {
        await settings.set(body)
        return settings.all()
      },
    }),
    route({
      method: 'delete',
      path: '/settings/:key',
      tag: 'settings',
      summary: 'Remove a setting.',
      run: ({ params: { key = '' } }) => settings.remove(key),
    }),
  ]
}
