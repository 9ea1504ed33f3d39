import { linspace, type Scheduler } from './scheduler.ts'

/** Steps even in arctan sigma (Sabour et al. 2024, "Align Your Steps", section 3.3). */
export const kl_optimal: Scheduler = ({ sigmaMin, sigmaMax }, steps) =>
  linspace(Math.atan(sigmaMax), Math.atan(sigmaMin), steps).map(Math.tan)
