import { combineConditions } from './combine-conditions.ts'
import { gate } from './gate.ts'
import { not } from './not.ts'
import { switchNode } from './switch.ts'

export const logicNodes = [combineConditions, gate, not, switchNode]
