import type { Migration } from './migration.ts'

/**
 * Every step from an older document format to the next, oldest first. Version 1 is the first format, so none is needed
 * to reach it.
 */
export const migrations: readonly Migration[] = []
