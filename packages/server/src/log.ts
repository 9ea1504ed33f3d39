import type { DestinationStream, LoggerOptions } from 'pino'
import pretty from 'pino-pretty'

/** JSON lines; what is secret by its name is never written, wherever it stands. */
export const logOptions = (level: string): LoggerOptions => ({
  level,
  redact: ['*.token', '*.authorization', '*.cookie', '*.secret', '*.webhook', '*.headers'],
})

/** Where a command logs to: lines for people on a terminal, JSON for everything else. */
export function logDestination(output: NodeJS.WriteStream): DestinationStream {
  return output.isTTY
    ? pretty({ destination: output, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : output
}
