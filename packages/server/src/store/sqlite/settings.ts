import type { JsonValue } from '@patchbay/engine/workflow'
import type { SettingsStore } from '../settings-store.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'

export function createSettings({ statements, writer }: Pick<Context, 'statements' | 'writer'>): SettingsStore {
  const all = statements.all(() => query.selectFrom('settings').selectAll().orderBy('key'))
  const one = statements.first((p: { key: string }) =>
    query.selectFrom('settings').select('value').where('key', '=', p.key),
  )
  const put = statements.change((p: { key: string; value: string }) =>
    query.insertInto('settings').values({ key: p.key, value: p.value }).orReplace(),
  )
  const remove = statements.change((p: { key: string }) => query.deleteFrom('settings').where('key', '=', p.key))
  return {
    all: async () => Object.fromEntries(all({}).map(({ key, value }) => [key, JSON.parse(value) as JsonValue])),
    async get(key) {
      const row = one({ key })
      return row && (JSON.parse(row.value) as JsonValue)
    },
    set: (changes) =>
      writer.write(() => {
        for (const [key, value] of Object.entries(changes)) put({ key, value: JSON.stringify(value) })
      }),
    remove: (key) => writer.write(() => void remove({ key })),
  }
}
