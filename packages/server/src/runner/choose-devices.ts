import type { Logger } from 'pino'
import type { Device } from '@patchbay/nodes'
import { chooseDevice, cpuDevice } from '@patchbay/nodes'

/**
 * The devices that names such as `auto`, `cuda` or `cpu:4` stand for, each once; the CPU where there are none. Why a device is used or
 * passed by is logged.
 * @throws Error that says what is missing, where a device does not work
 */
export async function chooseDevices(
  names: readonly string[],
  log: Pick<Logger, 'info'>,
): Promise<readonly [Device, ...Device[]]> {
  const chosen = new Map<string, Device>()
  for (const name of new Set(names)) {
    const { device, reports } = await chooseDevice(name)
    for (const { provider, usable, reason } of reports) log.info({ provider, usable, reason }, 'device tried')
    log.info({ device: device.name, attention: device.attention }, 'device chosen')
    chosen.set(device.name, device)
  }
  const [first = cpuDevice, ...rest] = chosen.values()
  return [first, ...rest]
}
