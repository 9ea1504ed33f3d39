import type { RawBuilder } from 'kysely'
import type Libsql from 'libsql'
import { query } from './schema.ts'

export type SqlValue = string | number | null
/** Values of a statement by name. */
export type Values = { readonly [name: string]: SqlValue }

/** A query of kysely's builder with rows of type `Row`. */
interface Query<Row> {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[]; readonly query: unknown }
  execute(): Promise<Row[]>
}

/** What the builder has no words for; every value is a `${}`. */
export const raw = <Row>(builder: RawBuilder<Row>): Query<Row> => ({
  compile: () => builder.compile(query),
  execute: async () => (await builder.execute(query)).rows,
})

/** Stands where a value comes, from the time a statement is built to the time it is bound. */
class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * Statements that are typed by kysely's builder, compiled to SQL once and prepared once. Building a query costs more
 * than running a small one, so nothing is built while the server works, and they run at once, without a promise.
 */
export interface Statements {
  all<Of extends Values, Row>(build: (values: Of) => Query<Row>): (values: Of) => Row[]
  /**
   * The first row. The driver adds a property of its own to it, so a row is taken apart, and never passed on as it is.
   */
  first<Of extends Values, Row>(build: (values: Of) => Query<Row>): (values: Of) => Row | undefined
  /** Answers how many rows it changed. */
  change<Of extends Values, Row>(build: (values: Of) => Query<Row>): (values: Of) => number
}

/** What a change writes besides its texts, about: a page of its table and one of an index. */
const pagesBytes = 8_192

/** `onChange` hears how many bytes a change writes, about. */
export function createStatements(
  sqlite: Pick<Libsql.Database, 'prepare'>,
  onChange: (bytes: number) => void = () => undefined,
): Statements {
  function prepare<Of extends Values, Row>(build: (values: Of) => Query<Row>) {
    const placeholders = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) })
    // A placeholder passes through the builder untouched, whatever type of value it stands for.
    const { sql, parameters } = build(placeholders as Of).compile()
    const statement = sqlite.prepare<SqlValue[]>(sql)
    const bind = (values: Of): SqlValue[] =>
      parameters.map((parameter) =>
        parameter instanceof Placeholder ? (values[parameter.name] ?? null) : (parameter as SqlValue),
      )
    return { statement, bind }
  }
  return {
    all<Of extends Values, Row>(build: (values: Of) => Query<Row>) {
      const { statement, bind } = prepare(build)
      // The builder derives the type of a row from the schema.
      return (values: Of) => statement.all(...bind(values)) as Row[]
    },
    first<Of extends Values, Row>(build: (values: Of) => Query<Row>) {
      const { statement, bind } = prepare(build)
      return (values: Of) => statement.get(...bind(values)) as Row | undefined
    },
    change<Of extends Values, Row>(build: (values: Of) => Query<Row>) {
      const { statement, bind } = prepare(build)
      return (values: Of) => {
        const bound = bind(values)
        onChange(bound.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), pagesBytes))
        return statement.run(...bound).changes
      }
    },
  }
}
