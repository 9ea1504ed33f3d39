import { WeightError } from '../weights/weight-error.ts'

/**
 * How a weight file was refused, as `code: message`; any other error passes through and fails the test. V8's own words
 * on JSON that cannot be parsed, which differ from version to version, are a "…".
 */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof WeightError) {
      const { code, message, cause } = error
      return `${code}: ${cause instanceof SyntaxError ? message.replace(cause.message, '…') : message}`
    }
    throw error
  }
  return 'accepted'
}
