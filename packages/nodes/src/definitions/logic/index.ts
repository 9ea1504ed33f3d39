export { combineConditions } from './combine-conditions.ts'
export { gate } from './gate.ts'
export { not } from './not.ts'
export { switchNode } from './switch.ts'
