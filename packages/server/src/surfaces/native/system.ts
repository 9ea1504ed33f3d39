import { freemem, platform, totalmem } from 'node:os'
import type { SystemStatus } from '../../api/api-types.ts'
import { z } from 'zod'
import type { Supervisor } from '../../runner/supervisor.ts'
import type { Queue } from '../../jobs/queue.ts'
import type { SettingsStore } from '../../store/settings-store.ts'
import type { Hub } from '../../live/hub.ts'
import { serveSse } from '../../live/sse.ts'
import { version } from '../../version.ts'
import { commaList, count } from '../../http/query-values.ts'
import { type Route, answered, route } from '../../http/route.ts'

export interface SystemRouteDependencies {
  readonly supervisor: Pick<Supervisor, 'manifest' | 'packsSoFar' | 'reload'>
  /** The packs that there are at this moment. */
  readonly nodePacks: () => Promise<readonly string[]>
  readonly queue: Pick<Queue, 'status'>
  readonly settings: Pick<SettingsStore, 'all' | 'remove' | 'set'>
  readonly hub: Hub
}

export function systemRoutes({ supervisor, nodePacks, queue, settings, hub }: SystemRouteDependencies): Route[] {
  return [
    ...nodeRoutes({ supervisor, nodePacks }),
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
        nodePacks: supervisor.packsSoFar().map(({ name, nodes, error, warnings }) => ({
          ...{ name, nodes },
          ...(error === undefined ? {} : { error }),
          ...(warnings.length > 0 ? { warnings } : {}),
        })),
      }),
    }),
    route({
      method: 'get',
      path: '/events',
      tag: 'events',
      summary: 'Events as server-sent events (or, on an upgrade, a WebSocket), after a number and then as they happen.',
      query: z.object({
        after: count(Number.MAX_SAFE_INTEGER).exactOptional(),
        jobs: commaList(z.string().max(100), 1000).exactOptional(),
      }),
      answer: 'EventStream',
      run({ query, request, response }) {
        const last = Number(request.get('last-event-id') ?? Number.NaN)
        const after = Number.isSafeInteger(last) ? last : query.after
        serveSse(hub, response, { ...query, ...(after === undefined ? {} : { after }) })
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
      body: 'SettingChanges',
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

function nodeRoutes({ supervisor, nodePacks }: Pick<SystemRouteDependencies, 'supervisor' | 'nodePacks'>): Route[] {
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
      method: 'post',
      path: '/node-packs/reload',
      tag: 'system',
      summary:
        'Load the node packs again, also those that were put into a folder of packs since; answers once they are.',
      answer: 'RegistryManifest',
      async run() {
        await supervisor.reload(await nodePacks())
        return (await supervisor.manifest()).manifest
      },
    }),
  ]
}
