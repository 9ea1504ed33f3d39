import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'

/** Bytes of memory that this process may have: the machine's, or what its container (cgroup) allows if less. */
export function totalMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}

/**
 * Bytes of memory that this process may still take. In a container that is its limit without what the process holds
 * for itself; files that are mapped do not count, since the system takes their pages back. What other processes of the
 * container hold is not seen.
 */
export function freeMemory(): number {
  const limit = process.constrainedMemory() || Infinity
  return limit < totalmem() ? Math.max(0, Math.min(freemem(), limit - ownMemory())) : freemem()
}

/** Bytes that this process holds outside of files; all that it has in memory where the system tells no more. */
function ownMemory(): number {
  try {
    const kibibytes = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // Only Linux has this file.
  }
  return process.memoryUsage.rss()
}
