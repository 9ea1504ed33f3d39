import { WeightError } from '../weights/weight-error.ts'

/** How a weight file was refused, as `code: message`; any other error passes through and fails the test. */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof WeightError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}
