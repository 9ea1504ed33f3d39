import { describe } from 'vitest'
import { describeEndedJob } from './contracts/ended-job.contract.ts'
import { describeEventLog } from './contracts/event-log.contract.ts'
import { type OpenStores, jobScenes } from './contracts/job-scene.contract.ts'
import { describeQueueOrder } from './contracts/queue-order.contract.ts'
import { describeRun } from './contracts/run.contract.ts'
import { describeSubmission } from './contracts/submission.contract.ts'

/** What every job store does, with the event log that it appends to. */
export function describeJobStore(open: OpenStores): void {
  const begin = jobScenes(open)
  describe('the order of a queue', () => describeQueueOrder(begin))
  describe('submitting', () => describeSubmission(begin))
  describe('a run', () => describeRun(begin))
  describe('a job that has ended', () => describeEndedJob(begin))
  describe('the event log', () => describeEventLog(begin))
}
