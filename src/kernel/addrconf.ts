// IPv6 autoconfiguration (link-local addresses); filled in below.
import type { DeviceEvent, NetDevice } from './netdev.js'

export function addrconfDeviceEvent(_dev: NetDevice, _event: DeviceEvent): void {}
