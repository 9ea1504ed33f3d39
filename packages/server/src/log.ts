import type { LoggerOptions } from 'pino'

/** JSON lines; what is secret by its name is never written, wherever it stands. */
export const logOptions = (level: string): LoggerOptions => ({
  level,
  redact: ['*.token', '*.authorization', '*.cookie', '*.secret', '*.webhook', '*.headers'],
})
