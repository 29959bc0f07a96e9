// Taps and tuns as `ip -d link` shows them; they are made by `ip tuntap`, or are ports of the userspace switch.
import { TapDevice } from '../../../kernel/dev/tap.js'
import { OvsInternalDevice } from '../../../ovs/internal-device.js'
import type { Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'

function onOff(value: unknown): string {
  return value === true ? 'on' : 'off'
}

export const tunKind: LinkKind = {
  name: 'tun',
  isKindOf: (dev) => dev instanceof TapDevice || (dev instanceof OvsInternalDevice && dev.isTap),
  read(dev): Row {
    if (!(dev instanceof TapDevice)) return { type: 'tap', pi: false, vnet_hdr: false, multi_queue: false, persist: true }
    return {
      type: dev.mode,
      pi: dev.packetInfo,
      vnet_hdr: dev.vnetHeader,
      multi_queue: dev.multiQueue,
      persist: dev.persist,
      user: dev.owner ?? undefined,
      group: dev.ownerGroup ?? undefined,
    }
  },
  text(data) {
    let text = `type ${data['type']} pi ${onOff(data['pi'])} vnet_hdr ${onOff(data['vnet_hdr'])} `
    if (data['multi_queue'] === true) text += 'multi_queue on '
    text += `persist ${onOff(data['persist'])} `
    if (data['user'] !== undefined) text += `user ${data['user']} `
    if (data['group'] !== undefined) text += `group ${data['group']} `
    return text
  },
}
