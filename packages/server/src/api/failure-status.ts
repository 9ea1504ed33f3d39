/** Codes of refusals and their HTTP status: the one table. */
export const failureStatus = {
  'invalid-request': 400,
  'invalid-workflow': 400,
  'not-json': 400,
  unauthorized: 401,
  'forbidden-origin': 403,
  'forbidden-host': 403,
  'forbidden-path': 403,
  'forbidden-role': 403,
  'forbidden-address': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'key-reused': 409,
  'too-large': 413,
  'wrong-content-type': 415,
  'wrong-file-type': 415,
  'not-satisfiable': 416,
  'queue-full': 429,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
  'storage-full': 507,
} as const
export type FailureCode = keyof typeof failureStatus
export const failureCodes = Object.keys(failureStatus) as readonly FailureCode[]
