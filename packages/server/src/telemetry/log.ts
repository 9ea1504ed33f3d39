import { type DestinationStream, type Level, type Logger, type LoggerOptions, multistream, pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLines } from './log-lines.ts'

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

/**
 * A log that is written from `level` up, and whose lines are also kept to be shown: those from `info` up whatever is
 * written.
 */
export function createLog(level: Level | 'silent', destination: DestinationStream, lines: LogLines): Logger {
  const isWritten = level !== 'silent'
  const isFiner = level === 'debug' || level === 'trace'
  const streams = [
    { level: isFiner ? level : ('info' as const), stream: lines },
    ...(isWritten ? [{ level, stream: destination }] : []),
  ]
  return pino(logOptions(isFiner ? level : 'info'), multistream(streams))
}
