import type { Command } from 'commander'
import { type Client, type SocketConstructor, createClient } from '@patchbay/client'
import { WebSocket } from 'ws'
import { WrongOption } from './option-values.ts'

export interface RemoteOptions {
  readonly server: string
  readonly token?: string
  readonly json?: boolean
}

/** The options of every command that asks a server. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--server <address>', 'the server to ask', process.env['PATCHBAY_SERVER'] ?? 'http://127.0.0.1:8188')
    .option('--token <secret>', 'its token; also PATCHBAY_TOKEN')
    .option('--json', 'print JSON')
}

export function clientOf({ server, token = process.env['PATCHBAY_TOKEN'] }: RemoteOptions): Client {
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw new WrongOption(`--server takes an address such as http://127.0.0.1:8188, not "${server}".`)
  return createClient({
    baseUrl: server,
    // The ws package's events carry more than what is asked of them.
    WebSocket: WebSocket as unknown as SocketConstructor,
    ...(token === undefined ? {} : { token }),
  })
}

/** Columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const widths = new Map((rows[0] ?? []).map((_, column) => [column, widthOf(column)]))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths.get(column) ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
