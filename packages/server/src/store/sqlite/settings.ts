import { sql } from 'kysely'
import type { JsonValue } from '@patchbay/engine/workflow'
import { Failure } from '../../failure.ts'
import type { SettingsStore } from '../settings-store.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'

/** Most letters of all settings. */
const mostLetters = 1_000_000

export function createSettings({ statements, writer }: Pick<Context, 'statements' | 'writer'>): SettingsStore {
  const all = statements.all(() => query.selectFrom('settings').selectAll().orderBy('key'))
  const one = statements.first((p: { key: string }) =>
    query.selectFrom('settings').select('value').where('key', '=', p.key),
  )
  const put = statements.change((p: { key: string; value: string }) =>
    query.insertInto('settings').values({ key: p.key, value: p.value }).orReplace(),
  )
  const size = statements.first(() =>
    query.selectFrom('settings').select(sql<number | null>`SUM(LENGTH(key) + LENGTH(value))`.as('letters')),
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
        if ((size({})?.letters ?? 0) > mostLetters) {
          throw new Failure('too-large', `All settings together would take more than ${mostLetters} letters.`, {
            hint: 'Settings are sent whole to everybody who asks; keep what is large as a file.',
          })
        }
      }),
    remove: (key) => writer.write(() => void remove({ key })),
  }
}
