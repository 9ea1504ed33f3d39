import type { Response } from 'express'
import type { Access } from '../auth/access.ts'

/** Who asks, as the guard found. */
export function accessOf(response: Response): Access {
  const access: unknown = response.locals['access']
  if (typeof access === 'object' && access !== null && 'role' in access) return access as Access
  // Public paths are served without a token, and with no right to change anything.
  return { role: 'viewer', owner: 'local' }
}
