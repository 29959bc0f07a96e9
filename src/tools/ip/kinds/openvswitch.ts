// Internal ports of the kernel's Open vSwitch.
import { OvsInternalDevice } from '../../../ovs/internal-device.js'
import type { LinkKind } from '../link-kind.js'

export const openvswitchKind: LinkKind = {
  name: 'openvswitch',
  isKindOf: (dev) => dev instanceof OvsInternalDevice && !dev.isTap,
}
